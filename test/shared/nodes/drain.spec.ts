import assert from "node:assert/strict";
import fc from "fast-check";
import { type DrainDecision, type DrainView, decideDrain } from "../../../shared/nodes/drain.ts";
import { type Budget, classify, type DrainedPod, POD_CLASSES } from "../../../shared/nodes/pod-class.ts";

const SINCE_MS = Date.parse("2026-11-23T12:00:00Z");
const HOUR_MS = 3_600_000;

interface PodOptions {
  readonly namespace?: string;
  readonly owner?: string | undefined;
  readonly app?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly mirror?: boolean;
  readonly endsMs?: number;
  readonly scratch?: boolean;
  readonly bornMs?: number;
  readonly tolerates?: object;
}
function pod(name: string, options: PodOptions = {}): DrainedPod {
  const { namespace = "shop", app = "web", phase = "Running", ready = true } = options;
  const owner = "owner" in options ? options.owner : "ReplicaSet";
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      labels: { app },
      ...(options.bornMs === undefined ? {} : { creationTimestamp: new Date(options.bornMs).toISOString() }),
      ...(options.mirror === true ? { annotations: { "kubernetes.io/config.mirror": "x" } } : {}),
      ...(options.endsMs === undefined ? {} : { deletionTimestamp: new Date(options.endsMs).toISOString() }),
      ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner, name: "owner", controller: true }] }),
    },
    spec: {
      nodeName: "node-1",
      ...(options.tolerates === undefined ? {} : { tolerations: [options.tolerates] }),
      ...(options.scratch === true ? { volumes: [{ name: "tmp", emptyDir: {} }] } : {}),
    },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}
function budget(
  name: string,
  allowed: number,
  more: Partial<Budget["status"]> & { policy?: string } = {},
): Budget {
  const { policy, ...status } = more;
  return {
    metadata: { name, namespace: "shop", generation: 1 },
    spec: {
      selector: { matchLabels: { app: "web" } },
      ...(policy === undefined ? {} : { unhealthyPodEvictionPolicy: policy }),
    },
    status: {
      observedGeneration: 1,
      disruptionsAllowed: allowed,
      currentHealthy: 2,
      desiredHealthy: 2,
      ...status,
    },
  };
}
function drain(
  pods: readonly DrainedPod[],
  budgets: readonly Budget[] = [],
  more: Partial<DrainView> = {},
): DrainDecision {
  return decideDrain({
    node: { name: "node-1", ready: true },
    sinceMs: SINCE_MS,
    nowMs: SINCE_MS + 60_000,
    timeoutMs: HOUR_MS,
    onTimeout: "pause",
    pods,
    budgets,
    ...more,
  });
}
const LATE = { nowMs: SINCE_MS + HOUR_MS } as const;
const FORCE = { ...LATE, onTimeout: "force" } as const;
const done = ({ evictions }: DrainDecision) =>
  evictions.map(({ verb, pod: one }) => `${verb} ${one.metadata.name}`);

/** Each kind of pod, and what a drain does about it: in time, paused past the deadline, forcing past the deadline. */
const TABLE: readonly {
  readonly what: string;
  readonly pod: DrainedPod;
  readonly budgets?: readonly Budget[];
  readonly nodeReady?: boolean;
  readonly answers: readonly [string, string, string];
}[] = [
  { what: "mirror", pod: pod("x", { mirror: true, owner: "Node" }), answers: ["done", "done", "done"] },
  { what: "daemon", pod: pod("x", { owner: "DaemonSet" }), answers: ["done", "done", "done"] },
  {
    what: "returned",
    pod: pod("x", { bornMs: SINCE_MS, tolerates: { operator: "Exists" } }),
    budgets: [budget("web", 0)],
    answers: ["done", "done", "done"],
  },
  {
    what: "lost",
    pod: pod("x", { endsMs: SINCE_MS }),
    nodeReady: false,
    answers: ["done", "done", "done"],
  },
  { what: "leaving", pod: pod("x", { endsMs: SINCE_MS }), answers: ["wait", "wait, tell", "done"] },
  {
    what: "finished",
    pod: pod("x", { owner: undefined, phase: "Succeeded" }),
    answers: ["evict x", "evict x", "evict x"],
  },
  { what: "unmanaged", pod: pod("x", { owner: undefined }), answers: ["wait", "wait, tell", "evict x"] },
  { what: "held", pod: pod("x"), budgets: [budget("web", 0)], answers: ["wait", "wait, tell", "delete x"] },
  {
    what: "contested",
    pod: pod("x"),
    budgets: [budget("web", 1), budget("all", 1)],
    answers: ["wait, tell", "wait, tell", "delete x"],
  },
  { what: "free", pod: pod("x"), budgets: [budget("web", 1)], answers: ["evict x", "evict x", "evict x"] },
];
function told(decision: DrainDecision): string {
  if (decision.finished) return "done";
  const { waiting, problems } = decision;
  return [
    ...done(decision),
    ...(waiting.length > 0 ? ["wait"] : []),
    ...(problems.length > 0 ? ["tell"] : []),
  ].join(", ");
}

describe("the drain of a node", () => {
  it("knows an answer for every kind of pod", () => {
    assert.deepEqual(
      TABLE.map(({ what }) => what),
      [...POD_CLASSES],
    );
  });

  for (const { what, pod: one, budgets = [], nodeReady = true, answers } of TABLE) {
    it(`with a pod that is ${what}: ${answers.join(" · ")}`, () => {
      const node = { name: "node-1", ready: nodeReady };
      assert.equal(
        classify(one, budgets, node, { sinceMs: SINCE_MS, nowMs: SINCE_MS + 60_000 }, new Map()),
        what,
      );
      const patience = [{ node }, { node, ...LATE }, { node, ...FORCE }];
      assert.deepEqual(
        patience.map((more) => told(drain([one], budgets, more))),
        [...answers],
      );
    });
  }

  it("without pods is finished at once", () => assert.equal(drain([]).finished, true));

  it("names the budget, the pod that it holds, and how many it wants", () => {
    const { waiting } = drain([pod("web-1")], [budget("web", 0)]);
    assert.deepEqual(waiting, ["budget shop/web (wants 2 healthy pods, has 2) holds pod shop/web-1"]);
  });

  it("evicts no more pods of a budget at once than it allows", () => {
    const decision = drain([pod("web-1"), pod("web-2"), pod("web-3")], [budget("web", 2)]);
    assert.deepEqual(done(decision), ["evict web-1", "evict web-2"]);
    assert.equal(decision.waiting.length, 1);
  });

  it("is held by a budget that the server has not taken in yet", () => {
    const fresh = budget("web", 5, { observedGeneration: 0 });
    assert.deepEqual(done(drain([pod("web-1")], [fresh])), []);
  });

  it("does not ask budgets of other namespaces", () => {
    const decision = drain([pod("web-1", { namespace: "other" })], [budget("web", 0)]);
    assert.deepEqual(done(decision), ["evict web-1"]);
  });

  it("lets a pod that is not healthy go by the budget's own policy", () => {
    const sick = pod("web-1", { ready: false });
    assert.deepEqual(done(drain([sick], [budget("web", 0)])), ["evict web-1"], "enough others are healthy");
    assert.deepEqual(done(drain([sick], [budget("web", 0, { currentHealthy: 1 })])), []);
    const always = budget("web", 0, { currentHealthy: 1, policy: "AlwaysAllow" });
    assert.deepEqual(done(drain([sick], [always])), ["evict web-1"]);
    assert.deepEqual(done(drain([pod("web-1", { phase: "Pending" })], [budget("web", 0)])), ["evict web-1"]);
  });

  it("evicts what tolerates the cordon once, and does not chase what comes back, terminating or not", () => {
    const everything = { operator: "Exists" };
    const born = (bornMs: number, tolerates: object, more = {}) => pod("x", { bornMs, tolerates, ...more });
    const before = born(SINCE_MS - 1_000, everything);
    assert.deepEqual(done(drain([before])), ["evict x"]);
    const after = SINCE_MS + 1_000;
    assert.equal(drain([born(after, everything)]).finished, true);
    assert.equal(drain([born(after, everything, { endsMs: after + 30_000 })]).finished, true);
    assert.equal(drain([born(after, { key: "node.kubernetes.io/unschedulable" })]).finished, true);
    for (const other of [
      { key: "example.com/batch", operator: "Exists" },
      { operator: "Exists", effect: "NoExecute" },
    ])
      assert.deepEqual(done(drain([born(after, other)])), ["evict x"], "it was on its way there already");
    assert.deepEqual(done(drain([pod("x", { bornMs: after })])), ["evict x"]);
    assert.equal(drain([born(after, everything, { owner: undefined })]).finished, false);
  });
  it("says so when scratch space goes with a pod", () => {
    const [eviction] = drain([pod("web-1", { scratch: true })]).evictions;
    assert.equal(eviction?.reason, "node node-1 is being drained; the pod's emptyDir goes with it");
  });

  it("paused tells what blocks and the ways out, and goes on when the budget allows", () => {
    const paused = drain([pod("web-1")], [budget("web", 0)], LATE);
    assert.deepEqual(done(paused), []);
    assert.deepEqual(paused.problems, [
      "The drain of node node-1 is past its drainTimeout and pauses. Budget shop/web does not let pod shop/web-1 go: " +
        "give its workload another replica, change the budget, or set upgrade.onDrainTimeout: force.",
    ]);
    assert.deepEqual(done(drain([pod("web-1")], [budget("web", 1)], LATE)), ["evict web-1"]);
  });

  it("forced says by which rule and against which budget", () => {
    const [eviction] = drain([pod("web-1")], [budget("web", 0)], FORCE).evictions;
    assert.equal(eviction?.verb, "delete");
    assert.equal(
      eviction?.reason,
      "forced, for onDrainTimeout is force and the drain of node node-1, begun 2026-11-23T12:00:00.000Z, is past its " +
        "drainTimeout: pod shop/web-1 goes against budget shop/web",
    );
  });

  it("that leaves a terminating pod behind says so", () => {
    const { finished, overridden } = drain([pod("web-1", { endsMs: SINCE_MS })], [], FORCE);
    assert.equal(finished, true);
    assert.deepEqual(overridden, ["shop/web-1 was still terminating"]);
  });
});

const podArbitrary = fc.record({
  owner: fc.constantFrom("ReplicaSet", "StatefulSet", "DaemonSet", "Node", undefined),
  mirror: fc.boolean(),
  app: fc.constantFrom("web", "db"),
  phase: fc.constantFrom("Running", "Pending", "Succeeded", "Failed"),
  ready: fc.boolean(),
  ends: fc.constantFrom(undefined, -1, 1),
});
const viewArbitrary = fc.record({
  pods: fc.array(podArbitrary, { maxLength: 8 }),
  allowed: fc.integer({ min: 0, max: 3 }),
  second: fc.boolean(),
  lateMs: fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
  onTimeout: fc.constantFrom("pause" as const, "force" as const),
  ready: fc.boolean(),
});

describe("whatever runs on a node", () => {
  const each = (check: (decision: DrainDecision, view: DrainView) => void) =>
    fc.assert(
      fc.property(viewArbitrary, ({ pods, allowed, second, lateMs, onTimeout, ready }) => {
        const nowMs = SINCE_MS + HOUR_MS + lateMs;
        const view: DrainView = {
          node: { name: "node-1", ready },
          sinceMs: SINCE_MS,
          nowMs,
          timeoutMs: HOUR_MS,
          onTimeout,
          pods: pods.map(({ ends, ...options }, index) =>
            pod(`p${index}`, { ...options, ...(ends === undefined ? {} : { endsMs: nowMs + ends }) }),
          ),
          budgets: [budget("web", allowed), ...(second ? [budget("more", allowed)] : [])],
        };
        check(decideDrain(view), view);
      }),
    );

  it("no budget is overridden before the deadline, nor where the policy is to pause (S16)", () => {
    each(({ evictions, overridden }, { nowMs, onTimeout }) => {
      if (onTimeout === "force" && nowMs >= SINCE_MS + HOUR_MS) return;
      assert(evictions.every(({ verb }) => verb === "evict"));
      assert.deepEqual(overridden, []);
    });
  });

  it("each override is recorded with its reason (S16)", () => {
    each(({ evictions, overridden }) => {
      for (const { verb, reason } of evictions)
        if (verb === "delete")
          assert(overridden.includes(reason) && /^forced, .* against budget/.test(reason));
    });
  });

  it("pods of the kubelet and of DaemonSets are left where they are", () => {
    each(({ evictions }) => {
      for (const { pod: one } of evictions) {
        assert.equal(one.metadata.annotations, undefined);
        assert.notEqual(one.metadata.ownerReferences?.[0]?.kind, "DaemonSet");
      }
    });
  });

  it("it is finished only when nothing is evicted and nothing waited for, and else says what it waits for or does", () => {
    each(({ finished, evictions, waiting, problems }) => {
      assert.equal(finished, evictions.length + waiting.length === 0);
      if (finished) assert.deepEqual(problems, []);
    });
  });

  it("no eviction asks a budget for more than it allows", () => {
    each(({ evictions }, { budgets }) => {
      const allowed = budgets[0]?.status?.disruptionsAllowed ?? 0;
      const counted = evictions.filter(
        ({ verb, pod: { metadata, status } }) =>
          verb === "evict" &&
          metadata.labels?.["app"] === "web" &&
          status?.phase === "Running" &&
          status.conditions?.[0]?.status === "True",
      );
      assert(counted.length <= allowed, `${counted.length} of ${allowed}`);
    });
  });
});
