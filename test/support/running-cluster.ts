/** A cluster on the simulated plane as a test looks at it: from the document, through the cloud, and from inside. */
import assert from "node:assert/strict";
import { pass } from "../../shared/engine/pass.ts";
import { contentHash } from "../../shared/engine/request-id.ts";
import { LABEL_KEPT } from "../../shared/resources/owner.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { isFine } from "../../shared/status/condition.ts";
import { type ClusterSight, clusterSight } from "./cluster-sight.ts";
import type { SimulatedPlane } from "./simulated-plane.ts";

export interface Running extends ClusterSight {
  readonly plane: SimulatedPlane;
  status(): Promise<ClusterStatus>;
  /** Writes the spec and lets time pass until the control plane has taken it in and is done with it, or has refused it. */
  write(spec: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ready, as declared, silent, with nothing more in the cloud than it declares. */
  assertSettled(): Promise<void>;
  /** Deletes it, and there is nothing left. */
  deleteToNothing(): Promise<void>;
}

export const PROJECT = "demo-project";
const SECOND_MS = 1_000;

/** @param first the last spec written is kept, for the deletion */
export function runningCluster(
  plane: SimulatedPlane,
  id: string,
  first: Readonly<Record<string, unknown>>,
): Running {
  let spec = first;
  const status = async (): Promise<ClusterStatus> => {
    const found = await plane.status(id);
    assert.ok(found !== undefined, `${id} has no status`);
    return found;
  };
  const { cloud, clock } = plane;
  const pause = () => clock.advance(SECOND_MS);
  const running: Running = {
    ...clusterSight({ cloud, project: PROJECT, id, status, pause }),
    plane,
    status,
    write: async (next) => {
      spec = next;
      await plane.write(id, { spec });
      const seenHash = contentHash({ spec });
      await plane.until(id, (now) => {
        if (now?.seenHash !== seenHash) return false;
        const accepted = now.conditions.find(({ type }) => type === "SpecAccepted")?.status;
        return accepted === "False" || now.phase === "Ready";
      });
    },
    assertSettled: () => assertSettled(running),
    deleteToNothing: async () => {
      const { uid } = await status();
      await plane.write(id, { spec: { ...spec, deletionProtection: false } });
      await plane.write(id, { spec: { ...spec, deletionProtection: false }, deletion: { uid } });
      await plane.until(id, (now) => now === undefined);
    },
  };
  return running;
}

async function assertSettled(cluster: Running): Promise<void> {
  const { plane, id } = cluster;
  const status = await cluster.status();
  const bad = status.conditions.filter((condition) => !isFine(condition));
  assert.deepEqual(bad, [], "every condition is fine");
  assert.equal(status.phase, "Ready");
  assert.deepEqual(status.nodes, {
    desired: status.nodes.desired,
    ready: status.nodes.desired,
    total: status.nodes.desired,
  });
  const cloudKinds = new Set(plane.engine.cloudKinds.map(({ kind }) => kind));
  const counted = status.inventory.filter(({ kind }) => cloudKinds.has(kind));
  assert.deepEqual(
    counted.filter(({ desired, observed }) => desired !== observed),
    [],
    "nothing is missing and nothing is left over",
  );
  // Those that are kept to be looked into are nodes no more.
  const machines = cluster.machines().filter(({ labels }) => labels?.[LABEL_KEPT] === undefined);
  assert.equal(machines.length, status.nodes.desired, "as many machines as nodes");
  assert.equal(status.wakeAtMs, null, "a settled cluster asks for nothing");
  const { attempts } = status;
  await pass(plane.engine, id, "once more");
  const after = await cluster.status();
  assert.deepEqual(after.attempts, attempts, "a further pass changes nothing");
  assert.deepEqual(after.inFlight, []);
}
