/**
 * HTTP, called by Pub/Sub: a system event of a machine, as the log sink of its project tells it. 2xx acknowledges; whatever
 * else is pushed again, and ends in the dead-letter topic when it never gets better.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { hear } from "../shared/engine/hear.ts";
import { decodePush } from "../shared/incidents/decode.ts";
import { PUSH_BYTES_MAX } from "../shared/incidents/push-message.ts";
import { answerErrors, fail } from "./answers.ts";
import { authorize } from "./authorize.ts";
import type { ControlPlane } from "./control-plane.ts";

export type MachineEvents = Pick<ControlPlane, "engine" | "identity" | "pusher"> & {
  readonly urls: Pick<ControlPlane["urls"], "machineEvent">;
};

export function createMachineEvent({ engine, identity, pusher, urls }: MachineEvents): Hono {
  const { log, clock } = engine;
  const app = new Hono();
  app.onError(answerErrors(log));
  // Before anything is read: a stranger's megabytes are not.
  app.use("*", async (context, next) => {
    await authorize(identity, context.req.header("Authorization"), urls.machineEvent, [pusher]);
    await next();
  });
  app.use(
    "*",
    bodyLimit({
      maxSize: PUSH_BYTES_MAX,
      onError: (context) => {
        log("warning", "machine event refused: no entry of a log is that large", { bytes: PUSH_BYTES_MAX });
        return fail(context, 413, `a push may have at most ${PUSH_BYTES_MAX} bytes`);
      },
    }),
  );
  app.post("*", async (context) => {
    const decoded = decodePush(await context.req.text(), clock.nowMs());
    if (decoded.decoded === "unreadable") {
      log("warning", "machine event refused", { reason: decoded.reason });
      return fail(context, 400, decoded.reason);
    }
    if (decoded.decoded === "foreign") {
      log("warning", "machine event ignored", { reason: decoded.reason });
      return context.json({ outcome: "ignored" });
    }
    const { incident } = decoded;
    const heard = await hear(engine, incident);
    const { id, kind, method, machine, instanceId } = incident;
    const level = heard.heard === "stale" || kind === "unknown" ? "warning" : "info";
    log(level, `machine event ${heard.heard}`, { ...heard, incident: id, kind, method, machine, instanceId });
    return context.json({ outcome: heard.heard });
  });
  return app;
}
