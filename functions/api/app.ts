/** HTTP: the API that the command line and other programs use. Documents in, documents out; nothing is decided here. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DOCUMENT_BYTES_MAX } from "../../shared/ports/store.ts";
import { answerErrors, fail, nothingThere } from "../answers.ts";
import { authorize } from "../authorize.ts";
import type { ControlPlane } from "../control-plane.ts";
import { clusterRoutes } from "./clusters.ts";
import { commandRoutes } from "./commands.ts";
import { disruptionRoutes } from "./disruptions.ts";
import { explainRoutes } from "./explain.ts";
import { kubeconfigRoutes } from "./kubeconfig.ts";
import { recordRoutes } from "./records.ts";
import type { ApiVariables } from "./variables.ts";

export function createApi(controlPlane: ControlPlane): Hono<ApiVariables> {
  const { engine, identity, urls, operators } = controlPlane;
  const app = new Hono<ApiVariables>();
  app.onError(answerErrors(engine.log));
  app.notFound(nothingThere);
  app.use("/v1/*", async (context, next) => {
    context.set(
      "caller",
      await authorize(identity, context.req.header("Authorization"), urls.api, operators),
    );
    await next();
  });
  const tooLarge = `a document may have at most ${DOCUMENT_BYTES_MAX} bytes`;
  app.use(
    "/v1/*",
    bodyLimit({ maxSize: DOCUMENT_BYTES_MAX, onError: (context) => fail(context, 413, tooLarge) }),
  );
  app.use("/v1/clusters/:id/*", async (context, next) => {
    // An id with a slash would be the path of another document.
    if (context.req.param("id").includes("/")) return fail(context, 400, "no cluster's name has a slash");
    return next();
  });
  app.route("/v1/clusters", clusterRoutes(engine));
  app.route("/v1/clusters", commandRoutes(engine));
  app.route("/v1/clusters", recordRoutes(engine));
  app.route("/v1/clusters", disruptionRoutes(engine));
  app.route("/v1/clusters", explainRoutes(engine));
  app.route("/v1/clusters", kubeconfigRoutes(engine, controlPlane.reachable));
  return app;
}
