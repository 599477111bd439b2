/** /v1/clusters/{id}/commands: takes a command in, or with dryRun says what it would do. */
import { type Context, Hono } from "hono";
import type { Engine } from "../../shared/engine/engine.ts";
import { explainCommand } from "../../shared/engine/explain-command.ts";
import { submitCommand } from "../../shared/engine/submit-command.ts";
import { readCommand } from "../../shared/status/command.ts";
import { fail } from "../answers.ts";
import type { ApiVariables } from "./variables.ts";

const STATUSES = { unknown: 404, conflict: 409, busy: 409, invalid: 422 } as const;

export function commandRoutes(engine: Engine): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  app.post("/:id/commands", (context) => take(engine, context));
  return app;
}

/** 202 with the operation; 200 for one that came before, and for a dry run. */
async function take(engine: Engine, context: Context<ApiVariables>): Promise<Response> {
  const id = context.req.param("id") ?? "";
  const body: unknown = await context.req.json().catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return fail(context, 400, 'send JSON, like { "command": "drain", "node": "…" }');
  const read = readCommand({ cluster: id, ...body });
  if (!read.ok) return fail(context, 422, "the command is not accepted; nothing was written", read.errors);
  const { command } = read;
  if (command.cluster !== id)
    return fail(context, 422, `the command is for cluster ${command.cluster}, and was sent to ${id}`);
  const asking = { by: context.get("caller") };
  if (command.dryRun) {
    const explained = await explainCommand(engine, command, asking);
    if ("plan" in explained) return context.json({ dryRun: true, ...explained });
    return fail(context, STATUSES[explained.code], explained.message, explained.errors);
  }
  const submitted = await submitCommand(engine, command, asking);
  if (submitted.verdict === "refused")
    return fail(context, STATUSES[submitted.code], submitted.message, submitted.errors);
  const { operation, repeated } = submitted;
  return context.json({ operation }, repeated ? 200 : 202);
}
