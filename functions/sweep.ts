/** HTTP, called by Cloud Scheduler: the safety net under lost events, and the census. */
import { Hono } from "hono";
import { sweep } from "../shared/engine/sweep.ts";
import { answerErrors } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { ControlPlane } from "./control-plane.ts";

export function createSweep({ engine, identity, invoker, urls }: ControlPlane): Hono {
  const app = new Hono();
  app.onError(answerErrors(engine.log));
  app.post("*", async (context) => {
    await authorize(identity, context.req.header("Authorization"), urls.sweep, [invoker]);
    return context.json({ ...(await sweep(engine)) });
  });
  return app;
}
