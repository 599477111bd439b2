/** Node pools differ in name, and their numbers, labels and taints make sense together. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf, poolDocument } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a pool's name that is taken",
    clusterDocument({ nodePools: [{ name: "general" }, { name: "general" }] }),
    ['nodePools[1].name: "general" is the name of nodePools[0] already; give every pool a name of its own'],
  ],
  [
    "a pool's name that is reserved",
    clusterDocument({ nodePools: [{ name: "control-plane" }] }),
    ['nodePools[0].name: "control-plane" is kept for the control plane\'s own machines; use another name'],
  ],
  [
    "an upgrade in place where boot data is read once",
    poolDocument({ os: "flatcar", upgrade: { strategy: "in-place" } }),
    [
      'nodePools[0].upgrade.strategy: "in-place" is not possible with flatcar, which reads its boot data only once; use surge or blue-green, or another operating system',
    ],
  ],
  [
    "more time to join than an upgrade gives",
    poolDocument({ repair: { joinTimeout: "30m" } }),
    [
      'nodePools[0].repair.joinTimeout: "30m" is above upgrade.readyTimeout (20m), by which a new machine of an upgrade must have joined and be Ready; raise upgrade.readyTimeout too, or use less',
    ],
  ],
  [
    "a probe whose namespace leads elsewhere",
    poolDocument({ upgrade: { probe: { namespace: "../../nodes", name: "web" } } }),
    [
      'nodePools[0].upgrade.probe.namespace: "../../nodes" is not a namespace\'s name; write it as kubectl shows it: small letters, digits and hyphens',
    ],
  ],
  [
    "a probe that is more than a workload's name",
    poolDocument({ upgrade: { probe: { namespace: "shop", name: "web/status?watch=1" } } }),
    [
      'nodePools[0].upgrade.probe.name: "web/status?watch=1" is not a workload\'s name; write it as kubectl shows it: small letters, digits, hyphens and dots',
    ],
  ],
  [
    "a probe of a kind that is not asked",
    poolDocument({ upgrade: { probe: { kind: "Service", namespace: "shop", name: "web" } } }),
    [
      'nodePools[0].upgrade.probe.kind: "Service" is not one of the choices; use one of Deployment, StatefulSet, DaemonSet',
    ],
  ],
  [
    "a minimum above the maximum",
    poolDocument({ size: { min: 5, max: 3 } }),
    ["nodePools[0].size.min: 5 is above max (3); use { min: 3, max: 5 }, or other bounds"],
  ],
  [
    "more machines than a group holds",
    clusterDocument({
      network: { pods: "10.0.0.0/9", nodes: "192.168.0.0/16", services: "172.16.0.0/20" },
      nodePools: [{ name: "general", size: 1999, upgrade: { maxSurge: 2 } }],
    }),
    [
      "nodePools[0].size: 1999 can come to 2001 machines while upgrading, and a group holds 2000; use a smaller size, or several pools",
    ],
  ],
  [
    "more machines than Kubernetes is made for",
    clusterDocument({
      network: { pods: "10.0.0.0/9", nodes: "192.168.0.0/16", services: "172.16.0.0/20" },
      nodePools: [
        { name: "p1", size: 1900 },
        { name: "p2", size: 1900 },
        { name: "p3", size: 1900 },
      ],
    }),
    [
      "nodePools: a list of 3 can come to 5706 machines, and Kubernetes is made for 5000; use smaller pools, or several clusters",
    ],
  ],
  [
    "a label of Kubernetes' own",
    poolDocument({ labels: { "node-role.kubernetes.io/worker": "" } }),
    [
      'nodePools[0].labels["node-role.kubernetes.io/worker"]: "" is in a namespace in which kubelets may not set labels; use a key of your own (example.com/tier), or one under node.kubernetes.io/ or kubelet.kubernetes.io/',
    ],
  ],
  [
    "a label that the cloud controller sets",
    poolDocument({ labels: { "node.kubernetes.io/instance-type": "x" } }),
    [
      'nodePools[0].labels["node.kubernetes.io/instance-type"]: "x" is in a namespace in which kubelets may not set labels; use a key of your own (example.com/tier), or one under node.kubernetes.io/ or kubelet.kubernetes.io/',
    ],
  ],
  [
    "a taint twice",
    poolDocument({
      taints: [
        { key: "a", effect: "NoSchedule" },
        { key: "a", value: "b", effect: "NoSchedule" },
      ],
    }),
    [
      'nodePools[0].taints[1]: { "key", "value", "effect" } repeats the key and effect of taints[0]; remove one of the two',
    ],
  ],
  [
    "a taint of Kubernetes' own",
    poolDocument({ taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute" }] }),
    [
      'nodePools[0].taints[0].key: "node.kubernetes.io/not-ready" is in a namespace whose taints Kubernetes sets and removes itself; use a key of your own, like example.com/dedicated',
    ],
  ],
  [
    "an upgrade that could replace nothing",
    poolDocument({ upgrade: { maxSurge: 0 } }),
    [
      "nodePools[0].upgrade.maxSurge: 0 and maxUnavailable are both 0, so that nothing could ever be replaced; set one of them to 1 or more",
    ],
  ],
  [
    "a share that comes to no machine",
    poolDocument({ upgrade: { maxSurge: 0, maxUnavailable: "20%" } }),
    [
      'nodePools[0].upgrade.maxUnavailable: "20%" comes to no machine in a pool of 3; write a number of machines, or set maxSurge to 1',
    ],
  ],
];

describe("node pools", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept shares, an autoscaled size, and an empty pool", () => {
    const pools = [
      { name: "a", size: 30, upgrade: { maxSurge: "10%", maxUnavailable: "0%" } },
      { name: "b", size: { min: 0, max: 5 } },
      { name: "c", size: 0, upgrade: { maxSurge: 0, maxUnavailable: 1 } },
      {
        name: "d",
        taints: [
          { key: "example.com/a", effect: "NoSchedule" },
          { key: "example.com/a", effect: "NoExecute" },
        ],
      },
    ];
    assert.deepEqual(messagesOf(clusterDocument({ nodePools: pools })), []);
  });
});
