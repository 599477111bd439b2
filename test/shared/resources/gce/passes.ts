/** Runs passes over the small cloud until nothing moves, as the engine does: a kind acts once what it stands on is settled. */
import assert from "node:assert/strict";
import { planCluster } from "../../../../shared/engine/plan.ts";
import { computePath } from "../../../../shared/ports/compute.ts";
import type { ComputeAction } from "../../../../shared/resources/gce/action.ts";
import { gceKinds } from "../../../../shared/resources/gce/kinds.ts";
import type { Cluster, Facts, Problem, Waiting } from "../../../../shared/resources/resource.ts";
import { look, perform, type SmallCloud } from "./small-cloud.ts";

/** More than the longest chain of kinds, with a five-member control plane. */
const PASSES_MAX = 40;

export interface Pass {
  readonly actions: readonly ComputeAction[];
  readonly waiting: readonly Waiting[];
  readonly problems: readonly Problem[];
  readonly cluster: Cluster;
}

/** @param more facts that the small cloud does not know, or knows otherwise */
export async function decide(cloud: SmallCloud, cluster: Cluster, more: Partial<Facts> = {}): Promise<Pass> {
  const { seen, cluster: looked } = await look(cloud, gceKinds, cluster);
  const taught = { ...looked, facts: { ...looked.facts, ...more } };
  const plan = planCluster({
    kinds: gceKinds,
    cluster: taught,
    observations: new Map(
      [...seen].map(([kind, observed]) => [kind, { seen: true, observed, lookedMs: 0 }] as const),
    ),
    inFlight: new Map(),
    backingOff: new Set(),
    nowMs: 0,
  });
  return {
    actions: plan.due.map(({ action }) => action as ComputeAction),
    waiting: plan.states.flatMap((state) => (state.blockedBy.length > 0 ? [] : state.waiting)),
    problems: plan.states.flatMap((state) => state.problems),
    cluster: taught,
  };
}

/** The passes that did something, in order. @throws AssertionError when it does not come to rest */
export async function converge(cloud: SmallCloud, cluster: Cluster): Promise<readonly Pass[]> {
  const passes: Pass[] = [];
  for (let count = 0; count < PASSES_MAX; count += 1) {
    const pass = await decide(cloud, cluster);
    if (pass.actions.length === 0) {
      assert.deepEqual(pass.waiting, [], "it came to rest with something to wait for");
      return passes;
    }
    passes.push(pass);
    for (const action of pass.actions) {
      assert.equal(action.key, computePath(action.ref));
      perform(cloud, action);
    }
  }
  throw new assert.AssertionError({ message: `still moving after ${PASSES_MAX} passes` });
}
