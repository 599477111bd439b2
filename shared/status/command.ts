/** A command as people and programs send it, by Pub/Sub, the HTTP API or the command line: one schema for all ways. */
import { z } from "zod";
import { parseDuration } from "../spec/duration.ts";
import type { FieldError } from "../spec/field-error.ts";
import type { Frozen } from "../spec/frozen.ts";
import { says } from "../spec/message.ts";
import { section } from "../spec/schema/section.ts";
import { resourceName, text } from "../spec/schema/text.ts";
import { fieldErrors } from "../spec/zod-errors.ts";
import { COMMANDS, type CommandName } from "./inbox.ts";

const moment = (what: string) =>
  z.iso
    .datetime({ offset: true, error: says("is not a moment", "write it like 2026-12-05T02:00:00Z") })
    .optional()
    .describe(what);

/** Source: Kubernetes' limit for names of objects. */
const NODE_NAME_LENGTH_MAX = 253;
const REASON_LENGTH_MAX = 200;
/** Larger than any pool may be: the spec's own rules say more. */
const SIZE_DIGITS_MAX = 5;

const fields = section({
  version: z.literal(1).default(1).describe("Version of this form."),
  command: z.enum(COMMANDS).describe("What shall be done."),
  cluster: resourceName(63).describe("Name of the cluster that is meant."),
  node: text(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    "a node's name",
    "write it as kubectl get nodes shows it",
    NODE_NAME_LENGTH_MAX,
  )
    .optional()
    .describe(
      "Name of the node that is meant: of drain, cordon, uncordon, repair, restart and rotate-machine.",
    ),
  pool: resourceName(63)
    .optional()
    .describe(
      "Name of the pool that is meant: of resize; of pause and resume, which mean the cluster without it.",
    ),
  value: z
    .string()
    .max(64)
    .optional()
    .describe("A Kubernetes version (upgrade), a number of machines (resize), or how long, like 2h (pause)."),
  reason: text(
    /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u,
    "a line of text",
    "write it without line breaks and control characters",
    REASON_LENGTH_MAX,
  )
    .optional()
    .describe("Why, in a few words: it is shown wherever the command is."),
  idempotencyKey: text(/^[A-Za-z0-9._:@/-]+$/, "a key", "use letters, digits and . _ : @ / -", 128)
    .optional()
    .describe(
      "A repeat with the same key is the same command. Without it: one of the same content that still runs is.",
    ),
  notBefore: moment("It waits until then."),
  deadline: moment("What is not done by then is given up."),
  dryRun: z.boolean().default(false).describe("Only say what would be done."),
  urgent: z
    .boolean()
    .default(false)
    .describe("An upgrade that does not wait for maintenance windows and exclusions: a security fix."),
  force: z
    .boolean()
    .default(false)
    .describe("A repair that replaces the machine at once, also when nothing speaks against it."),
});

interface Takes {
  readonly node?: "needed";
  readonly pool?: "needed" | "optional";
  readonly value?: readonly ["needed" | "optional", (value: string) => boolean, string];
}
const isVersion = (value: string) => /^[0-9.<>=~^|x* -]+$/.test(value);
const isSize = (value: string) => /^\d+$/.test(value) && value.length <= SIZE_DIGITS_MAX;
const isDuration = (value: string) => (parseDuration(value) ?? 0) > 0;
const VERSION = ["needed", isVersion, 'a Kubernetes version, like "1.36" or "1.36.4"'] as const;

const TAKES: Readonly<Record<CommandName, Takes>> = {
  upgrade: { value: VERSION },
  repair: { node: "needed" },
  drain: { node: "needed" },
  cordon: { node: "needed" },
  uncordon: { node: "needed" },
  restart: { node: "needed" },
  "rotate-machine": { node: "needed" },
  resize: { pool: "needed", value: ["needed", isSize, "a number of machines, like 3"] },
  pause: {
    pool: "optional",
    value: ["optional", isDuration, "a duration, like 2h; left out: until it is resumed"],
  },
  resume: { pool: "optional" },
  backup: {},
  verify: {},
};

/** Published as JSON Schema in docs/reference; what goes with what is checked on top of it. */
export const commandSchema = fields.superRefine((command, context) => {
  const takes = TAKES[command.command];
  const tell = (path: string, reason: string, remedy: string) =>
    context.addIssue({ code: "custom", path: [path], message: says(reason, remedy) });
  for (const field of ["node", "pool", "value"] as const) {
    const use = field === "value" ? takes.value?.[0] : takes[field];
    const given = command[field];
    if (use === "needed" && given === undefined)
      tell(field, `is missing, which ${command.command} needs`, `add ${field}: ${exampleOf(field, takes)}`);
    if (use === undefined && given !== undefined)
      tell(field, `is nothing that ${command.command} takes`, "leave it out");
  }
  const [, isRight, what] = takes.value ?? [];
  if (command.value !== undefined && isRight?.(command.value) === false)
    tell("value", "is not what it should be", `write ${what}`);
  const { notBefore, deadline } = command;
  if (notBefore !== undefined && deadline !== undefined && Date.parse(deadline) <= Date.parse(notBefore))
    tell("deadline", `is not after notBefore (${notBefore})`, "use a later moment");
  if (command.urgent && command.command !== "upgrade")
    tell(
      "urgent",
      `changes nothing for ${command.command}, which waits for no maintenance window`,
      "leave it out",
    );
  if (command.force && command.command !== "repair")
    tell("force", `changes nothing for ${command.command}`, "leave it out");
});
export type Command = Frozen<z.infer<typeof commandSchema>>;

function exampleOf(field: "node" | "pool" | "value", { value }: Takes): string {
  if (field === "value") return value?.[2] ?? "…";
  return field === "node" ? "a name that kubectl get nodes shows" : "a pool of the spec";
}

export type ReadCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Any JSON to a command, or all that is wrong with it. */
export function readCommand(json: unknown): ReadCommand {
  const parsed = commandSchema.safeParse(json);
  if (parsed.success) return { ok: true, command: parsed.data };
  return { ok: false, errors: fieldErrors(parsed.error.issues, json) };
}
