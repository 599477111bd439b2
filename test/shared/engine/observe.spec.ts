import assert from "node:assert/strict";
import { startDeadline } from "../../../shared/engine/deadline.ts";
import type { Cloud } from "../../../shared/engine/engine.ts";
import { observeKinds } from "../../../shared/engine/observe.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import { createVirtualClock } from "../../../simulator/clock.ts";
import { bareCluster, bareKind } from "../../support/bare-kinds.ts";

const CLOUD = {} as Cloud;
const CLOCK = createVirtualClock(0);
const DEADLINE = startDeadline(CLOCK, 1_000);

describe("engine/observe", () => {
  it("shows each kind what it observed itself, and what the kinds before it taught", async () => {
    const first = bareKind("first", {
      observe: async () => [{ name: "a" }],
      learn: (observed) => ({ caHash: `sha256:${observed.length}` }),
    });
    const second = bareKind("second", {
      learn: (_none, { facts }) => ({ apiInternalAddress: `after ${facts.caHash}` }),
    });
    const { byKind, facts } = await observeKinds([first, second], CLOUD, bareCluster(), DEADLINE);
    assert.deepEqual(byKind.get("first"), { seen: true, observed: [{ name: "a" }], lookedMs: 0 });
    assert.deepEqual(facts, { caHash: "sha256:1", apiInternalAddress: "after sha256:1" });
  });

  it("tells a kind when what it teaches from was seen", async () => {
    const kind = bareKind("one", { learn: (_observed, { facts }) => ({ machinesMs: facts.lookedMs ?? -1 }) });
    const byKind = new Map([["one", { seen: true as const, observed: [], lookedMs: 5 }]]);
    const cluster = bareCluster({ facts: { lookedMs: 9 } });
    const { facts } = await observeKinds([kind], CLOUD, cluster, DEADLINE, { byKind });
    assert.deepEqual(facts, { lookedMs: 9, machinesMs: 5 });
  });

  it("does not let one that cannot be seen hide the others, nor lets it teach", async () => {
    const error = new CloudError("rate-limited", "slow down");
    const blind = bareKind("blind", {
      observe: () => Promise.reject(error),
      learn: () => ({ caHash: "made up" }),
    });
    const { byKind, facts } = await observeKinds([blind, bareKind("other")], CLOUD, bareCluster(), DEADLINE);
    assert.deepEqual(byKind.get("blind"), { seen: false, error });
    assert.equal(byKind.get("other")?.seen, true);
    assert.deepEqual(facts, {});
  });

  it("passes on what is no answer of the cloud: a mistake of ours must be heard of", async () => {
    const broken = bareKind("broken", { observe: () => Promise.reject(new TypeError("undefined is not")) });
    await assert.rejects(observeKinds([broken], CLOUD, bareCluster(), DEADLINE), TypeError);
  });

  it("does not wait for one that never answers", async () => {
    const deadline = startDeadline(CLOCK, 1_000);
    const mute = bareKind("mute", { observe: () => new Promise(() => {}) });
    const looking = observeKinds([mute, bareKind("other")], CLOUD, bareCluster(), deadline);
    await CLOCK.advance(1_000);
    const { byKind } = await looking;
    const found = byKind.get("mute");
    assert.equal(found?.seen === false && found.error.code, "unavailable");
    assert.equal(byKind.get("other")?.seen, true);
  });
});
