/**
 * HTTP, pushed by Pub/Sub: a command as JSON in the message's data, or as attributes. Each becomes an operation, or goes to
 * the dead-letter topic with the reason: nothing is lost, and nothing is tried again that no repeat would mend.
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { Engine } from "../shared/engine/engine.ts";
import { submitCommand } from "../shared/engine/submit-command.ts";
import type { Publisher } from "../shared/ports/publisher.ts";
import { describeFieldError } from "../shared/spec/field-error.ts";
import { type Command, readCommand } from "../shared/status/command.ts";
import { answerErrors, fail, unavailable } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { ControlPlane } from "./control-plane.ts";

/** Source: Pub/Sub's limit for a message is 10 MB; base64 and the envelope come on top. */
const BODY_BYTES_MAX = 14_500_000;
/** A command has names and a sentence. */
const COMMAND_BYTES_MAX = 8_192;
/** Source: Pub/Sub's limit for the value of an attribute. */
const ATTRIBUTE_BYTES_MAX = 1_024;

/** Source: https://cloud.google.com/pubsub/docs/push#receive_push */
const Envelope = z.object({
  message: z.object({
    data: z.string().default(""),
    attributes: z.record(z.string(), z.string()).default({}),
    messageId: z.string().min(1),
  }),
  subscription: z.string().default(""),
});
type Message = z.infer<typeof Envelope>["message"];

export interface Maintenance
  extends Pick<ControlPlane, "engine" | "identity" | "commander" | "urls" | "deadLetters"> {}

export function createMaintenance({ engine, identity, commander, urls, deadLetters }: Maintenance): Hono {
  const app = new Hono();
  app.onError(answerErrors(engine.log));
  // Before anything is read: a stranger's megabytes are not.
  app.use("*", async (context, next) => {
    await authorize(identity, context.req.header("Authorization"), urls.maintenance, [commander]);
    await next();
  });
  const tooLarge = `a push may have at most ${BODY_BYTES_MAX} bytes`;
  app.use("*", bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (context) => fail(context, 413, tooLarge) }));
  app.post("*", (context) => take(engine, deadLetters, context));
  return app;
}

async function take(engine: Engine, deadLetters: Publisher, context: Context): Promise<Response> {
  const body = await context.req.text();
  const envelope = Envelope.safeParse(parsed(body));
  if (!envelope.success) {
    // Nothing that Pub/Sub sends: kept whole all the same.
    await bury(
      engine,
      deadLetters,
      { data: Buffer.from(body), attributes: {}, id: "" },
      "it is no Pub/Sub push",
    );
    return context.json({ outcome: "dead-lettered" });
  }
  const { message } = envelope.data;
  const carried = await carryIn(engine, message);
  if ("operation" in carried) return context.json({ outcome: "accepted", operation: carried.operation });
  if ("busy" in carried) return unavailable(context, carried.busy);
  const { reason } = carried;
  const data = Buffer.from(message.data, "base64");
  await bury(engine, deadLetters, { data, attributes: message.attributes, id: message.messageId }, reason);
  return context.json({ outcome: "dead-lettered", reason });
}

type Carried =
  | { readonly operation: string }
  /** Why it can never be one. */
  | { readonly reason: string }
  /** What a later try must wait for. */
  | { readonly busy: string };

/** @throws when a later try may do better */
async function carryIn(engine: Engine, message: Message): Promise<Carried> {
  const json = jsonOf(message);
  if (json === TOO_LARGE) return { reason: `a command has at most ${COMMAND_BYTES_MAX} bytes` };
  if (json === undefined) return { reason: "its data is not JSON, and its attributes name no command" };
  const read = readCommand(json);
  if (!read.ok) return { reason: read.errors.map((error) => `${describeFieldError(error)}.`).join(" ") };
  if (read.command.dryRun)
    return { reason: "dryRun has nobody to answer to here: ask the API, or the command line" };
  const { messageId } = message;
  const submitted = await submitCommand(engine, read.command, asking(read.command, messageId));
  if (submitted.verdict === "refused")
    return submitted.code === "busy" ? { busy: submitted.message } : { reason: submitted.message };
  const { id } = submitted.operation;
  engine.log("info", "command accepted", {
    cluster: read.command.cluster,
    operation: id,
    message: messageId,
  });
  return { operation: id };
}

/** Who may publish to the topic is IAM's to say, and who did is not told: the message is named. A double is a repeat. */
function asking(command: Command, messageId: string) {
  return { by: `message ${messageId}`, ...(command.idempotencyKey === undefined ? { key: messageId } : {}) };
}

const TOO_LARGE = Symbol("more bytes than a command has");

/** The data where there is some, else the attributes, whose values are texts. */
function jsonOf({ data, attributes }: Message): unknown {
  if (data !== "") {
    const bytes = Buffer.from(data, "base64");
    return bytes.length > COMMAND_BYTES_MAX ? TOO_LARGE : parsed(bytes.toString("utf8"));
  }
  if (attributes["command"] === undefined) return undefined;
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, typed(name, value)]));
}

function typed(name: string, value: string): unknown {
  if (name === "version" && /^\d+$/.test(value)) return Number(value);
  if (name === "dryRun" || name === "urgent" || name === "force")
    return value === "true" ? true : value === "false" ? false : value;
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Dead {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly id: string;
}

/** Acknowledged only when the other topic has it. @throws CloudError */
async function bury(engine: Engine, deadLetters: Publisher, dead: Dead, reason: string): Promise<void> {
  engine.log("warning", "command refused", { message: dead.id, reason });
  const told = Buffer.from(reason)
    .subarray(0, ATTRIBUTE_BYTES_MAX)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  await deadLetters.publish({
    data: dead.data,
    attributes: { ...dead.attributes, clusterwrightReason: told, clusterwrightMessage: dead.id },
  });
}
