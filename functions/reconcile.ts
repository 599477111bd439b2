/** HTTP, called by Cloud Tasks: one pass over the cluster that a wake-up names. */
import { Hono } from "hono";
import { z } from "zod";
import { pass } from "../shared/engine/pass.ts";
import { answerErrors, fail } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { ControlPlane } from "./control-plane.ts";

const Body = z.strictObject({ clusterId: z.string().min(1).max(63), cause: z.string().max(500) });

export function createReconcile({ engine, identity, invoker, urls }: ControlPlane): Hono {
  const app = new Hono();
  app.onError(answerErrors(engine.log));
  app.post("*", async (context) => {
    await authorize(identity, context.req.header("Authorization"), urls.reconcile, [invoker]);
    const body = Body.safeParse(await context.req.json().catch(() => undefined));
    // A task that can never be right is acknowledged: a repeat would not mend it.
    if (!body.success) return fail(context, 400, "send JSON: { clusterId, cause }");
    const { outcome } = await pass(engine, body.data.clusterId, body.data.cause);
    return context.json({ outcome });
  });
  return app;
}
