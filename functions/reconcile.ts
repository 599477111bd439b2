/** HTTP, called by Cloud Tasks: one pass over the cluster that a wake-up names. */
import { Hono } from "hono";
import { z } from "zod";
import { answerErrors } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { ControlPlane } from "./control-plane.ts";
import { passOnce } from "./pass-once.ts";
import { smallBody } from "./small-body.ts";

const Body = z.strictObject({
  clusterId: z
    .string()
    .max(63)
    .regex(/^[^/]+$/),
  cause: z.string().max(500),
});

export function createReconcile({ engine, identity, invoker, urls }: ControlPlane): Hono {
  const app = new Hono();
  app.onError(answerErrors(engine.log));
  app.use("*", smallBody());
  app.post("*", async (context) => {
    await authorize(identity, context.req.header("Authorization"), urls.reconcile, [invoker]);
    const body = Body.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) {
      // Cloud Tasks repeats whatever is not answered 2xx, and a repeat would not mend this one.
      engine.log("warning", "task ignored: its body is not { clusterId, cause }");
      return context.json({ outcome: "ignored" });
    }
    const outcome = await passOnce(engine, body.data.clusterId, body.data.cause);
    return context.json({ outcome });
  });
  return app;
}
