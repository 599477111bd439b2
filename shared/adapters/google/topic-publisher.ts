/** The Publisher port on Pub/Sub, by its REST API: one call does not need a client library of its own. */
import { GoogleAuth } from "google-auth-library";
import { CloudError, type CloudErrorCode } from "../../ports/cloud-error.ts";
import type { Publisher } from "../../ports/publisher.ts";

export interface TopicPublisherOptions {
  /** `projects/{project}/topics/{topic}` */
  readonly topic: string;
  /** A local Pub/Sub in place of Google's, like http://127.0.0.1:8085: it asks for no credentials. */
  readonly endpoint?: string;
}

const GOOGLE = "https://pubsub.googleapis.com";
const SCOPE = "https://www.googleapis.com/auth/pubsub";
const TIMEOUT_MS = 20_000;
/** Source: https://cloud.google.com/pubsub/docs/reference/error-codes */
const CODES: Readonly<Record<number, CloudErrorCode>> = {
  400: "invalid",
  401: "permission-denied",
  403: "permission-denied",
  404: "not-found",
  429: "rate-limited",
};

export function createTopicPublisher({ topic, endpoint }: TopicPublisherOptions): Publisher {
  const auth = new GoogleAuth({ scopes: [SCOPE] });
  const url = `${endpoint ?? GOOGLE}/v1/${topic}:publish`;
  return {
    publish: async ({ data, attributes }) => {
      const token = endpoint === undefined ? await auth.getAccessToken() : undefined;
      const message = { data: Buffer.from(data).toString("base64"), attributes };
      const response = await send(url, topic, token ?? undefined, { messages: [message] });
      if (response.ok) return;
      const said = (await response.text().catch(() => "")).slice(0, 300);
      throw new CloudError(
        CODES[response.status] ?? "unavailable",
        `Pub/Sub answered ${response.status}: ${said}`,
        {
          target: topic,
        },
      );
    },
  };
}

async function send(url: string, topic: string, token: string | undefined, body: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new CloudError("unavailable", `Pub/Sub does not answer: ${String(error)}`, {
      target: topic,
      cause: error,
    });
  }
}
