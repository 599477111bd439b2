/** A node full of pods none of which may go, each for a page of reasons: the status has room for other things too. */
import assert from "node:assert/strict";
import type { KubernetesRequest, KubernetesTransport } from "../../shared/ports/kubernetes.ts";
import { condition, ID, stage, watch } from "./rollout-stage.ts";

const PODS = 310;
const PAGE = "x".repeat(3_000);

describe("evictions that a webhook refuses", function () {
  this.timeout(180_000);

  it("of a hundred pods at once leave a status that can be saved, and go on when it lets them", async () => {
    const on = await stage();
    const { plane, inside } = on;
    await inside.deployment("web", PODS);
    await watch(on, undefined, async () => (await inside.readyPods("web")) === PODS);
    const { kubernetes } = plane.engine.cloud;
    const ask = kubernetes.request.bind(kubernetes);
    let refused = 0;
    const request = async (access: Parameters<typeof ask>[0], call: KubernetesRequest) => {
      if (!call.path.includes("/eviction")) return ask(access, call);
      refused += 1;
      return { status: 403, body: { kind: "Status", message: `admission webhook denied it: ${PAGE}` } };
    };
    Object.assign(kubernetes, { request } satisfies Partial<KubernetesTransport>);
    await plane.write(ID, { spec: on.general({ machineType: "n2-standard-4" }) });
    await watch(on, undefined, () => refused > 200);
    const { lease, failures, conditions } = await on.cluster.status();
    assert.equal(lease?.untilMs, 0, "the pass could save what it found");
    assert(failures.length > 90, `${failures.length} are remembered, each with its wait`);
    assert(JSON.stringify({ failures, conditions }).length < 60_000);
    assert.match((await condition(on, "UpToDate")).message, /admission webhook/);
    const before = refused;
    await plane.clock.advance(5 * 60_000);
    assert(refused - before < 500, `${refused - before} were asked for in five minutes`);
    Object.assign(kubernetes, { request: ask });
    await watch(on);
    await on.cluster.assertSettled();
  });
});
