/** A cluster of three control-plane machines at rest, looked at from outside while they are repaired. */
import assert from "node:assert/strict";
import { inboxPath } from "../../shared/engine/paths.ts";
import { sweep } from "../../shared/engine/sweep.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import { EMPTY_INBOX } from "../../shared/status/inbox.ts";
import type { Pod } from "../../simulator/kubernetes/objects/object.ts";
import { podStatusText } from "../../simulator/kubernetes/tables/pods.ts";
import { PROJECT, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";

export const ID = "silent";
const MINUTE_MS = 60_000;
const STEP_MS = 5_000;

export async function memberStage(deletionProtection: boolean, replicas: 1 | 3 = 3) {
  const plane = simulatedPlane();
  const spec = {
    name: ID,
    engine: "gce",
    project: PROJECT,
    region: "europe-west4",
    controlPlane: { replicas },
    nodePools: [{ name: "general", size: 1 }],
    deletionProtection,
  };
  const cluster = runningCluster(plane, ID, spec);
  await cluster.write(spec);
  const { compute, guests } = plane.cloud;
  const member = (number: number) => {
    const found = [...compute.machines(PROJECT)].find(({ name }) => name.endsWith(`-cp-${number}`));
    assert(found !== undefined);
    return found;
  };
  const kubelet = (number: number) => {
    const found = guests.clusterOf(member(number))?.kubelet(member(number).name);
    assert(found !== undefined);
    return found;
  };
  const kubernetes = guests.clusterOf(member(0));
  assert(kubernetes !== undefined);
  const well = () => kubernetes.etcd.members().filter(({ running }) => running).length;
  const ids = () => [0, 1, 2].map((number) => member(number).id);
  const pass = async (minutes: number, look: () => void = () => {}) => {
    for (let ms = 0; ms < minutes * MINUTE_MS; ms += STEP_MS) {
      await plane.clock.advance(STEP_MS);
      if (ms % (5 * MINUTE_MS) === 0) await sweep(plane.engine);
      look();
    }
  };
  const deeds = async () => {
    const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
    return documents
      .toSorted((one, other) => one.data.epoch - other.data.epoch)
      .flatMap(({ data }) => data.lines)
      .filter(({ verb, key }) => /^(delete|instances\.|insert)/.test(verb) && /instances\/.*-cp-/.test(key))
      .map(({ verb, key }) => `${verb} ${key.slice(-4)}`);
  };
  /** As kubectl tells it: `Running`, `CrashLoopBackOff`. */
  const told = (component: string, number: number) => {
    const name = `${component}-${member(number).name}`;
    const pod = kubernetes.store.get<Pod>("pods", "kube-system", name);
    return pod === undefined ? "missing" : podStatusText(pod);
  };
  /** `leave cp-1` and `serve cp-1` too, which the load balancer is told. */
  const course = async () => {
    const { documents } = await plane.engine.store.query<EventRecord>({ group: "events", limit: 500 });
    return documents
      .toSorted((one, other) => one.data.epoch - other.data.epoch)
      .flatMap(({ data }) => data.lines)
      .flatMap(({ verb, key, message }) => {
        const told = { "instanceGroups.removeInstances": "leave", "instanceGroups.addInstances": "serve" }[
          verb
        ];
        if (told !== undefined) return [`${told} ${/cp-\d/.exec(message)?.[0]}`];
        const isDeed = /^(delete|instances\.reset|insert)/.test(verb) && /instances\/.*-cp-/.test(key);
        return isDeed ? [`${verb} ${key.slice(-4)}`] : [];
      });
  };
  let heard = 0;
  /** Its machine never comes back by itself, and so is doubted for as long as one may be. */
  const doubted = async (number: number, minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      if (minute % 5 === 0) {
        const { path, id } = member(number);
        const nowMs = plane.clock.nowMs();
        heard += 1;
        const incident = {
          id: `host-${heard}`,
          kind: "host-error" as const,
          method: "compute.instances.hostError",
          machine: path,
          instanceId: id,
          atMs: nowMs,
          receivedMs: nowMs,
          message: "Instance terminated by Compute Engine.",
        };
        await plane.engine.store.transact(async (transaction) =>
          transaction.set(inboxPath(ID), { ...EMPTY_INBOX, incidents: [incident] }),
        );
        await plane.pass(ID, "incident");
      }
      await pass(1);
    }
  };
  const settled = (await course()).length;
  const begun = (await deeds()).length;
  return {
    plane,
    cluster,
    member,
    kubelet,
    kubernetes,
    well,
    ids,
    told,
    name: (number: number) => member(number).name,
    pass,
    doubted,
    spec,
    course: async () => (await course()).slice(settled),
    deeds: async () => (await deeds()).slice(begun),
  };
}

export type MemberStage = Awaited<ReturnType<typeof memberStage>>;
