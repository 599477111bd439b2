/** The simulated cloud's own endpoint, which the real one has not: who is pushed machines' events, and what shall happen. */
import { z } from "zod";
import type { JsonObject } from "../compute/json.ts";
import type { PushSubscription } from "../logging/push.ts";
import { Refusal } from "../refusal.ts";
import { type PowerRequest, powerSchema } from "./powers.ts";

/** No API of Google's begins so. */
export const CONTROL_PATH = "/simulator/";

export interface Control {
  use(power: PowerRequest): string;
  subscribe(subscription: PushSubscription): void;
}

const subscriptionSchema = z.strictObject({
  endpoint: z.url({ protocol: /^http$/, hostname: /^(127(\.\d{1,3}){3}|localhost)$/ }),
  serviceAccount: z.email(),
});

/** @throws Refusal */
export function answerControl(control: Control, verb: string, path: string, body: string): JsonObject {
  switch (`${verb} ${path}`) {
    case `GET ${CONTROL_PATH}`:
      return { simulator: "clusterwright" };
    case `POST ${CONTROL_PATH}powers`:
      return { happened: control.use(read(powerSchema, body)) };
    case `POST ${CONTROL_PATH}subscriptions`:
      control.subscribe(read(subscriptionSchema, body));
      return {};
    default:
      throw new Refusal(404, `The simulated cloud has no ${verb} ${path}.`);
  }
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    throw new Refusal(400, "Send JSON.");
  }
  const result = schema.safeParse(said);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal(400, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not understood"}`);
}
