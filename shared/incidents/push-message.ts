/** Unwraps what Pub/Sub pushes: an envelope whose message carries base64. Pure; never throws. */
import { z } from "zod";

/**
 * Bytes of a push that are read. Cloud Logging's entries have at most 256 KB, base64 a third more, the envelope little.
 * Source: https://cloud.google.com/logging/quotas.
 */
export const PUSH_BYTES_MAX = 512 * 1024;

/** Source: https://cloud.google.com/pubsub/docs/push#receive_push. Unknown fields are let through: the service adds some. */
const envelope = z.object({
  message: z.object({
    data: z.base64().optional(),
    messageId: z.string().optional(),
    attributes: z.record(z.string(), z.string()).optional(),
  }),
  subscription: z.string().optional(),
});

export type Unwrapped =
  | { readonly ok: true; readonly data: unknown; readonly messageId: string }
  /** Why it is no message of ours, for the log. */
  | { readonly ok: false; readonly reason: string };

/** @param body the request's body as text */
export function unwrapPush(body: string): Unwrapped {
  if (body.trim() === "") return { ok: false, reason: "the push has no body" };
  const pushed = readJson(body);
  if (pushed === undefined) return { ok: false, reason: "the push is not JSON" };
  const wrapped = envelope.safeParse(pushed.value);
  if (!wrapped.success) return { ok: false, reason: "the push is not { message: { data } } with base64" };
  const { data = "", messageId = "" } = wrapped.data.message;
  if (data === "") return { ok: false, reason: "the message is empty" };
  const said = readJson(Buffer.from(data, "base64").toString("utf8"));
  if (said === undefined) return { ok: false, reason: "the message's data is not JSON" };
  return { ok: true, data: said.value, messageId };
}

/** @returns the value in an object, for `null` is JSON too */
function readJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
