import assert from "node:assert/strict";
import { heldUp } from "../../../shared/nodes/hold.ts";
import {
  judgeProbe,
  type Probe,
  probeHold,
  probePath,
  unreadProbe,
  type Workload,
} from "../../../shared/nodes/probe.ts";

const WEB: Probe = { kind: "Deployment", namespace: "shop", name: "web" };
const AGENT: Probe = { kind: "DaemonSet", namespace: "shop", name: "agent" };

const deployment = (replicas: unknown, status: object, generation = 1): Workload => ({
  metadata: { generation },
  spec: { replicas },
  status: { observedGeneration: 1, ...status },
});
const daemons = (desired: number, updated: number, available: number): Workload => ({
  metadata: { generation: 1 },
  status: {
    observedGeneration: 1,
    desiredNumberScheduled: desired,
    updatedNumberScheduled: updated,
    numberAvailable: available,
  },
});

/** What is asked, what it says of itself, and what comes of it. */
const TABLE: readonly (readonly [string, Probe, Workload | undefined, string])[] = [
  ["available as a whole", WEB, deployment(3, { updatedReplicas: 3, availableReplicas: 3 }), "passes"],
  [
    "short of a pod",
    WEB,
    deployment(3, { updatedReplicas: 3, availableReplicas: 2 }),
    "2 of 3 pods of Deployment shop/web are available",
  ],
  [
    "without any pod that is available, a count that is left out",
    WEB,
    deployment(1, { updatedReplicas: 1 }),
    "0 of 1 pods of Deployment shop/web are available",
  ],
  [
    "in a rollout of its own",
    WEB,
    deployment(3, { updatedReplicas: 1, availableReplicas: 3 }),
    "Deployment shop/web is being rolled out (1 of 3 pods are new)",
  ],
  [
    "changed a moment ago",
    WEB,
    deployment(3, { updatedReplicas: 3, availableReplicas: 3 }, 2),
    "its controller has not taken in the last change of Deployment shop/web",
  ],
  ["scaled to nothing", WEB, deployment(0, {}), "passes"],
  ["not there", WEB, undefined, "Deployment shop/web does not exist"],
  [
    "nonsense, for a cluster's API may say anything",
    WEB,
    { spec: { replicas: "3" }, status: { availableReplicas: "3", updatedReplicas: {} } },
    "Deployment shop/web does not say how many pods it shall have",
  ],
  [
    "of a DaemonSet that no controller has looked at",
    AGENT,
    { status: {} },
    "DaemonSet shop/agent does not say how many pods it shall have",
  ],
  ["of a DaemonSet, on every node", AGENT, daemons(4, 4, 4), "passes"],
  [
    "of a DaemonSet, missing on the new node",
    AGENT,
    daemons(4, 4, 3),
    "3 of 4 pods of DaemonSet shop/agent are available",
  ],
];

describe("the probe of an upgrade", () => {
  for (const [what, probe, workload, expected] of TABLE)
    it(`of a workload that is ${what}: ${expected}`, () => {
      const probed = judgeProbe(probe, workload);
      assert.equal(probed.passes ? "passes" : probed.why, expected);
    });

  it("asks for that very object, of its namespace", () => {
    assert.equal(probePath(WEB), "/apis/apps/v1/namespaces/shop/deployments/web");
    assert.equal(
      probePath({ ...AGENT, kind: "StatefulSet" }),
      "/apis/apps/v1/namespaces/shop/statefulsets/agent",
    );
    assert.equal(
      probePath({ ...WEB, name: "../../secrets?x=" }),
      "/apis/apps/v1/namespaces/shop/deployments/..%2F..%2Fsecrets%3Fx%3D",
    );
  });

  it("that cannot be read does not pass", () => {
    assert.deepEqual(unreadProbe(WEB, "it is forbidden"), {
      passes: false,
      why: "Deployment shop/web cannot be read: it is forbidden",
    });
  });

  it("holds up upgrades that do not pass it, and nothing else", () => {
    const hold = probeHold("general", "2 of 3 pods are available");
    assert.equal(heldUp([hold], { cause: "upgrade" })?.reason, "ProbeFailing");
    for (const cause of ["repair", "maintenance", "scale-down", "removal", "command"] as const)
      assert.equal(heldUp([hold], { cause }), undefined);
  });
});
