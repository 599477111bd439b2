/** Names of pods that a controller makes. */
import assert from "node:assert/strict";
import type { ClusterState } from "../../../simulator/kubernetes/api/state.ts";
import { newPodName } from "../../../simulator/kubernetes/controllers/pods.ts";

describe("the name of a new pod", () => {
  it("is nobody's yet: one that chance gives again is drawn anew", () => {
    const draws = [0, 0, 1];
    const taken = new Set<string>();
    const state = {
      chance: { bytes: (count: number) => new Uint8Array(count).fill(draws.shift() ?? 9) },
      store: {
        get: (_pods: string, namespace: string, name: string) =>
          taken.has(`${namespace}/${name}`) || undefined,
      },
    } as unknown as ClusterState;
    const first = newPodName(state, "kube-system", "cilium");
    taken.add(`kube-system/${first}`);
    const second = newPodName(state, "kube-system", "cilium");
    assert.match(first, /^cilium-[a-z0-9]{5}$/);
    assert.notEqual(second, first);
    assert.equal(draws.length, 0);
  });
});
