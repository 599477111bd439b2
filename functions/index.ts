/** The deployed functions by name, registered with the functions framework; each assembles the control plane when first called. */
import { type CloudEvent, cloudEvent, type HttpFunction, http } from "@google-cloud/functions-framework";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { createApi } from "./api/app.ts";
import { clusterWritten } from "./cluster-written.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createNodeJoin } from "./node-join.ts";
import { createReconcile } from "./reconcile.ts";
import { createSweep } from "./sweep.ts";
import { controlPlane } from "./wiring.ts";

cloudEvent("cluster-written", async (event: CloudEvent<unknown>) =>
  clusterWritten((await controlPlane()).engine, event),
);
http("reconcile", listener(createReconcile));
http("sweep", listener(createSweep));
http("node-join", listener(createNodeJoin));
http(
  "api",
  listener((plane) => createApi(plane) as unknown as Hono),
);

/** Express requests of the framework to the app, which is made once. */
function listener(create: (plane: ControlPlane) => Hono): HttpFunction {
  let app: Promise<Hono> | undefined;
  return async (request, response) => {
    app ??= controlPlane().then(create);
    const { fetch } = await app.catch((error: unknown) => {
      app = undefined;
      throw error;
    });
    await getRequestListener((incoming) => fetch(incoming))(request, response);
  };
}
