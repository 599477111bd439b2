/** The deployed functions by name, registered with the functions framework; each loads its code and assembles the control plane when first called. */
import { type CloudEvent, cloudEvent, type HttpFunction, http } from "@google-cloud/functions-framework";
import type { Hono } from "hono";
import { cloudLog } from "./cloud-log.ts";
import type { ControlPlane } from "./control-plane.ts";
import { serve } from "./serve.ts";

cloudEvent("cluster-written", async (event: CloudEvent<unknown>) => {
  const [{ clusterWritten }, { engine }] = await Promise.all([
    import("./cluster-written.ts"),
    controlPlane(),
  ]);
  await clusterWritten(engine, event);
});
http(
  "reconcile",
  listener(async (plane) => (await import("./reconcile.ts")).createReconcile(plane)),
);
http(
  "sweep",
  listener(async (plane) => (await import("./sweep.ts")).createSweep(plane)),
);
http(
  "machine-event",
  listener(async (plane) => (await import("./machine-event.ts")).createMachineEvent(plane)),
);
http(
  "node-join",
  listener(async (plane) => (await import("./node-join.ts")).createNodeJoin(plane)),
);
http(
  "maintenance",
  listener(async (plane) => (await import("./maintenance.ts")).createMaintenance(plane)),
);
http(
  "api",
  listener(async (plane) => (await import("./api/app.ts")).createApi(plane) as unknown as Hono),
);

async function controlPlane(): Promise<ControlPlane> {
  return (await import("./wiring.ts")).controlPlane();
}

/** The app is made once. */
function listener(create: (plane: ControlPlane) => Promise<Hono>): HttpFunction {
  let making: Promise<Hono> | undefined;
  return async (request, response) => {
    making ??= controlPlane().then(create);
    const app = await making.catch((error: unknown) => {
      // Left to the framework, it would end the process and all other requests with it. The next call tries again.
      making = undefined;
      cloudLog("error", "the control plane could not be assembled", { error: String(error) });
    });
    if (app !== undefined) await serve((one) => app.fetch(one), request, response);
    else response.status(500).json({ error: { code: "error", message: "the control plane is not set up" } });
  };
}
