/**
 * /v1/clusters/{id}/certificate: signs a client certificate for a key that never leaves the caller's machine, so that no
 * secret is in a response. The caller's e-mail is the user name that the cluster's audit log shows.
 */
import { Hono } from "hono";
import { z } from "zod";
import { readPki } from "../../shared/bootstrap/keys.ts";
import { signClientRequest } from "../../shared/bootstrap/sign-request.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import { statusPath } from "../../shared/engine/paths.ts";
import { pkiSecretName } from "../../shared/resources/names.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { fail } from "../answers.ts";
import type { ApiVariables } from "./variables.ts";

const Body = z.strictObject({
  request: z.string().startsWith("-----BEGIN CERTIFICATE REQUEST-----").max(8_192),
});
/** A working day: a lost laptop is harmless by tomorrow. */
export const PERSON_CERTIFICATE_MS = 12 * 3_600_000;
/** The group that kubeadm binds to cluster-admin. */
const ADMINS = "kubeadm:cluster-admins";

export function kubeconfigRoutes(
  engine: Engine,
  reachable: (host: string) => string = (host) => host,
): Hono<ApiVariables> {
  const app = new Hono<ApiVariables>();
  app.post("/:id/certificate", async (context) => {
    const id = context.req.param("id");
    const body = Body.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) return fail(context, 400, "send JSON: { request: <PEM certificate request> }");
    const status = (await engine.store.get<ClusterStatus>(statusPath(id)))?.data;
    const spec = status?.accepted;
    if (status === undefined || spec === undefined) return fail(context, 404, `there is no cluster ${id}`);
    if (status.endpoint === undefined)
      return fail(context, 409, `cluster ${id} has no API endpoint yet; wait until it is Ready`);
    const secret = await engine.cloud.secrets.read(spec.project, pkiSecretName({ uid: status.uid, spec }));
    if (secret === undefined)
      return fail(context, 409, `cluster ${id} has no keys yet; wait until it is Ready`);
    const pki = readPki(secret);
    const caller = context.get("caller");
    const nowMs = engine.clock.nowMs();
    const signed = await signClientRequest({
      chance: engine.chance,
      pki,
      request: body.data.request,
      commonName: caller,
      organizations: [ADMINS],
      nowMs,
      ttlMs: PERSON_CERTIFICATE_MS,
    });
    if (signed === undefined)
      return fail(context, 400, "the certificate request is not valid or not signed by its own key");
    engine.log("info", "client certificate issued", { cluster: id, caller });
    const expires = new Date(nowMs + PERSON_CERTIFICATE_MS).toISOString();
    return context.json({
      ...addressFor(status.endpoint, reachable),
      caCertificate: pki.caCertificate,
      certificate: signed,
      expires,
    });
  });
  return app;
}

/** The certificate of a cluster's API holds its own address, not the one that stands for it here. */
function addressFor(endpoint: string, reachable: (host: string) => string): object {
  const { hostname, port } = new URL(endpoint);
  const host = reachable(hostname);
  return host === hostname
    ? { server: endpoint }
    : { server: `https://${host}:${port}`, tlsServerName: hostname };
}
