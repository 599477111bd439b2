/** The deployed functions by name, registered with the functions framework; each assembles the control plane when first called. */
import { type CloudEvent, cloudEvent, type HttpFunction, http } from "@google-cloud/functions-framework";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { createApi } from "./api/app.ts";
import { cloudLog } from "./cloud-log.ts";
import { clusterWritten } from "./cluster-written.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createMaintenance } from "./maintenance.ts";
import { createNodeJoin } from "./node-join.ts";
import { createReconcile } from "./reconcile.ts";
import { createSweep } from "./sweep.ts";
import { controlPlane } from "./wiring.ts";

cloudEvent("cluster-written", async (event: CloudEvent<unknown>) =>
  clusterWritten((await controlPlane()).engine, event),
);
http("reconcile", listener(createReconcile));
http("sweep", listener(createSweep));
http("maintenance", listener(createMaintenance));
http("node-join", listener(createNodeJoin));
http(
  "api",
  listener((plane) => createApi(plane) as unknown as Hono),
);

/** Express requests of the framework to the app, which is made once. */
function listener(create: (plane: ControlPlane) => Hono): HttpFunction {
  let serving: Promise<ReturnType<typeof getRequestListener>> | undefined;
  return async (request, response) => {
    serving ??= controlPlane().then((plane) => {
      const { fetch } = create(plane);
      return getRequestListener((incoming) => fetch(incoming));
    });
    const serve = await serving.catch((error: unknown) => {
      // Left to the framework, it would end the process and all other requests with it. The next call tries again.
      serving = undefined;
      cloudLog("error", "the control plane could not be assembled", { error: String(error) });
    });
    if (serve !== undefined) await serve(request, response);
    else response.status(500).json({ error: { code: "error", message: "the control plane is not set up" } });
  };
}
