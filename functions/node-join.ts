/**
 * HTTP, called by a machine that boots: checks who it is by its signed instance identity token and answers with a bootstrap
 * token that lives 15 minutes. A token is good for one answer.
 */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { Engine } from "../shared/engine/engine.ts";
import { JOIN_KINDS, joinAnswer } from "../shared/engine/join-answer.ts";
import { lookUp } from "../shared/engine/look-up.ts";
import { joinsPath, statusPath } from "../shared/engine/paths.ts";
import { isCloudError } from "../shared/ports/cloud-error.ts";
import type { Instance } from "../shared/ports/compute-types.ts";
import { type IdentityVerifier, type MachineIdentity, Unauthenticated } from "../shared/ports/identity.ts";
import { StoreError } from "../shared/ports/store.ts";
import { createBootstrapToken } from "../shared/resources/kubernetes/join-token.ts";
import { NAME_PATTERN } from "../shared/resources/names.ts";
import { LABEL_CLUSTER, LABEL_ROLE, LABEL_UID } from "../shared/resources/owner.ts";
import type { Facts } from "../shared/resources/resource.ts";
import type { ClusterSpec } from "../shared/spec/cluster.ts";
import type { ClusterStatus } from "../shared/status/cluster-status.ts";
import { answerErrors, unavailable } from "./answers.ts";
import { bearer } from "./authorize.ts";
import { smallBody } from "./small-body.ts";

const Body = z.strictObject({
  cluster: z.string().regex(NAME_PATTERN),
  uid: z.string().regex(/^[a-z0-9]{6}$/),
  role: z.enum(["worker", "control-plane"]),
  nodeName: z.string().regex(NAME_PATTERN),
});
type Ask = z.infer<typeof Body>;

export const JOIN_TOKEN_MS = 15 * 60_000;
/** Records of used tokens outlive the tokens, which Google issues for an hour. */
const USED_KEPT_MS = 2 * 3_600_000;

export interface NodeJoin {
  readonly engine: Engine;
  readonly identity: IdentityVerifier;
}

export function createNodeJoin({ engine, identity }: NodeJoin): Hono {
  const app = new Hono();
  app.onError(answerErrors(engine.log));
  app.use("*", smallBody());
  app.post("*", async (context) => {
    const token = bearer(context.req.header("Authorization"));
    const machine = await machineOf(identity, token, engine.joinUrl);
    const body = Body.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success)
      throw new HTTPException(400, { message: "send JSON: { cluster, uid, role, nodeName }" });
    const ask = body.data;
    const { status, spec } = await clusterFor(engine, ask, machine);
    await checkMachine(engine, ask, spec, machine);
    const facts = await lookUp(engine, ask.cluster, spec, status, JOIN_KINDS[ask.role]);
    if (hasJoined(facts, ask.nodeName)) return unavailable(context, `${ask.nodeName} has joined already`);
    const answer = joinAnswer(facts, ask.role, ask.nodeName);
    if (!answer.ready) return unavailable(context, `not yet: waiting for ${answer.waitingFor}`);
    const used = await useOnce(engine, ask.cluster, token, machine);
    const issued = await issueToken(engine, answer.access, machine);
    if (issued === undefined) {
      await engine.store.transact(async (transaction) => transaction.delete(used));
      return unavailable(context, "not yet: the cluster's API does not answer");
    }
    engine.log("info", "machine admitted", { cluster: ask.cluster, node: ask.nodeName, role: ask.role });
    return context.json({
      token: issued,
      expires: new Date(engine.clock.nowMs() + JOIN_TOKEN_MS).toISOString(),
      apiServerEndpoint: answer.apiServerEndpoint,
      caCertHashes: [answer.caHash],
    });
  });
  return app;
}

async function machineOf(
  identity: IdentityVerifier,
  token: string,
  audience: string,
): Promise<MachineIdentity> {
  try {
    return await identity.machine(token, audience);
  } catch (error) {
    if (error instanceof Unauthenticated) throw new HTTPException(401, { message: error.message });
    throw error;
  }
}

async function clusterFor(
  engine: Engine,
  ask: Ask,
  machine: MachineIdentity,
): Promise<{ status: ClusterStatus; spec: ClusterSpec }> {
  const status = (await engine.store.get<ClusterStatus>(statusPath(ask.cluster)))?.data;
  const spec = status?.accepted;
  // One answer for "no such cluster" and "not yours": a stranger learns nothing.
  if (
    status === undefined ||
    spec === undefined ||
    status.uid !== ask.uid ||
    spec.project !== machine.projectId
  ) {
    throw new HTTPException(403, { message: "this machine does not belong to that cluster" });
  }
  if (status.deleting) throw new HTTPException(403, { message: "that cluster is being deleted" });
  return { status, spec };
}

/** The machine must be one that the control plane made, as the cloud has it now: never as its token's name says. */
async function checkMachine(
  engine: Engine,
  ask: Ask,
  spec: ClusterSpec,
  machine: MachineIdentity,
): Promise<void> {
  const ref = {
    kind: "instances",
    project: spec.project,
    scope: `zones/${machine.zone}`,
    name: machine.instanceName,
  } as const;
  const instance = await engine.cloud.compute.get(ref);
  const trouble = instance === undefined ? "it does not exist" : mismatch(instance, ask, machine);
  if (trouble === undefined) return;
  engine.log("warning", "machine refused", { cluster: ask.cluster, machine: machine.instanceName, trouble });
  throw new HTTPException(403, { message: `this machine may not join: ${trouble}` });
}

function mismatch(instance: Instance, ask: Ask, machine: MachineIdentity): string | undefined {
  const accounts = (instance.serviceAccounts ?? []).map((account) => account.email);
  if (instance.id !== machine.instanceId) return "another machine bears its name now";
  if (instance.labels?.[LABEL_UID] !== ask.uid || instance.labels[LABEL_CLUSTER] !== ask.cluster)
    return "it is not labelled as the cluster's";
  if (instance.labels?.[LABEL_ROLE] !== ask.role) return `it was not made as a ${ask.role} machine`;
  if (instance.name !== ask.nodeName) return "its node must bear its own name";
  if (instance.status !== "RUNNING") return "it is not running";
  return accounts.includes(machine.email) ? undefined : "it runs as another service account";
}

/**
 * Any pod of a node may get its machine's identity token, and a bootstrap token could name any other node. A machine whose
 * node is Ready needs none; one that was made anew under its name comes back when the old node has fallen silent.
 */
function hasJoined({ kubernetes }: Facts, nodeName: string): boolean {
  return kubernetes?.nodes.some((node) => node.name === nodeName && node.ready) ?? false;
}

/** @returns the path of the record. @throws HTTPException 403 when the token was used before */
async function useOnce(
  engine: Engine,
  cluster: string,
  token: string,
  machine: MachineIdentity,
): Promise<string> {
  // What is signed, without the signature: that one can be written in several ways and stay good.
  const signed = token.slice(0, token.lastIndexOf("."));
  const path = `${joinsPath(cluster)}/${createHash("sha256").update(signed).digest("hex")}`;
  const expireAt = new Date(engine.clock.nowMs() + USED_KEPT_MS).toISOString();
  try {
    await engine.store.transact(async (transaction) => {
      transaction.create(path, { schemaVersion: 1, instanceId: machine.instanceId, expireAt });
    });
    return path;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "conflict") throw error;
    throw new HTTPException(403, {
      message: "this token was used before; ask the metadata server for a new one",
    });
  }
}

/** @returns nothing while the cluster's API does not answer */
async function issueToken(
  engine: Engine,
  access: Parameters<typeof createBootstrapToken>[1],
  machine: MachineIdentity,
): Promise<string | undefined> {
  try {
    return await createBootstrapToken(engine.cloud.kubernetes, access, {
      chance: engine.chance,
      nowMs: engine.clock.nowMs(),
      ttlMs: JOIN_TOKEN_MS,
      description: `for machine ${machine.instanceName}`,
    });
  } catch (error) {
    if (!isCloudError(error)) throw error;
    const fields = { machine: machine.instanceName, error: error.message };
    engine.log("warning", "bootstrap token not made", fields);
    return undefined;
  }
}
