/** Which changes are refused, and the way out of each. */
import assert from "node:assert/strict";
import { changeOf, controlPlaneZone, forbiddenChanges } from "../../../shared/spec/change.ts";
import { describeFieldError } from "../../../shared/spec/field-error.ts";
import { clusterSpec } from "./cluster-documents.ts";

const NETWORK = { nodes: "10.10.0.0/20", existing: { network: "main", subnetwork: "nodes" } };

function refused(before: object, after: object, running?: string): string[] {
  return forbiddenChanges(clusterSpec({ ...before }), clusterSpec({ ...after }), running).map(
    describeFieldError,
  );
}
const version = (text: string) => ({ kubernetes: { version: text } });
const etcd = (changes: object) => ({ controlPlane: { etcd: changes } });
const IN_ONE_ZONE = [{ name: "general", zones: ["europe-west4-a"] }];
const WAY_OUT = "set it back, or make a new cluster with it and move the workloads";
const IN_PLACE = { name: "general", os: "debian-13", upgrade: { strategy: "in-place" } };

const REFUSED: readonly (readonly [string, object, object, readonly string[]])[] = [
  [
    "another name",
    {},
    { name: "store" },
    ['name: "store" cannot change (it is "shop"); set it back, or make a new cluster under the new name'],
  ],
  ["another engine", {}, { engine: "gke" }, [`engine: "gke" cannot change (it is "gce"); ${WAY_OUT}`]],
  [
    "another project",
    {},
    { project: "other-project" },
    [`project: "other-project" cannot change (it is "demo-project"); ${WAY_OUT}`],
  ],
  [
    "another region",
    {},
    { region: "us-east1" },
    [`region: "us-east1" cannot change (it is "europe-west4"); ${WAY_OUT}`],
  ],
  [
    "another range of pods",
    {},
    { network: { pods: "10.128.0.0/14" } },
    [`network.pods: "10.128.0.0/14" cannot change (it is "10.64.0.0/14"); ${WAY_OUT}`],
  ],
  [
    "another range of Services",
    {},
    { network: { services: "10.112.0.0/20" } },
    [`network.services: "10.112.0.0/20" cannot change (it is "10.96.0.0/20"); ${WAY_OUT}`],
  ],
  [
    "another network plugin",
    {},
    { network: { plugin: "calico" } },
    [`network.plugin: "calico" cannot change (it is "cilium"); ${WAY_OUT}`],
  ],
  [
    "a move into an existing network",
    {},
    { network: NETWORK },
    [`network.existing: { "network", "subnetwork" } cannot change (it is not set); ${WAY_OUT}`],
  ],
  [
    "a move to another existing network",
    { network: NETWORK },
    { network: { ...NETWORK, existing: { network: "other", subnetwork: "nodes" } } },
    [`network.existing.network: "other" cannot change (it is "main"); ${WAY_OUT}`],
  ],
  [
    "a move of the control plane to other zones",
    { zones: ["europe-west4-a"], nodePools: IN_ONE_ZONE },
    { zones: ["europe-west4-b"], nodePools: IN_ONE_ZONE },
    [
      "zones: a list of 1 would move control-plane machine 0 from europe-west4-a to europe-west4-b, away from its disk; keep europe-west4-a at the beginning, and choose zones for each pool instead",
    ],
  ],
  [
    "a zone more than it had, when control-plane machines would move",
    { zones: ["europe-west4-a"], nodePools: IN_ONE_ZONE },
    { zones: ["europe-west4-a", "europe-west4-b"], nodePools: IN_ONE_ZONE },
    [
      "zones: a list of 2 would move control-plane machine 1 from europe-west4-a to europe-west4-b, away from its disk; keep europe-west4-a at the beginning, and choose zones for each pool instead",
    ],
  ],
  [
    "a smaller range of nodes",
    {},
    { network: { nodes: "10.10.0.0/22" } },
    [
      'network.nodes: "10.10.0.0/22" cannot shrink or move (it is 10.10.0.0/20); set it back, or grow it from the same address, like 10.10.0.0/19',
    ],
  ],
  [
    "fewer control-plane machines",
    {},
    { controlPlane: { replicas: 1 } },
    [
      "controlPlane.replicas: 1 cannot shrink (it is 3): taking members from etcd endangers it; set it back, or make a new cluster with it and move the workloads",
    ],
  ],
  [
    "another type of etcd disk",
    {},
    etcd({ disk: "pd-balanced" }),
    [`controlPlane.etcd.disk: "pd-balanced" cannot change (it is "pd-ssd"); ${WAY_OUT}`],
  ],
  [
    "a smaller etcd disk",
    {},
    etcd({ sizeGb: 20 }),
    ["controlPlane.etcd.sizeGb: 20 cannot shrink (it is 50); set it back; disks only grow"],
  ],
  [
    "an older minor",
    version("1.36"),
    version("1.35"),
    [
      'kubernetes.version: "1.35" is older than 1.36.0, which runs; there is no way back from an upgrade; use "1.36" or newer',
    ],
  ],
  [
    "an older patch",
    version("1.36.4"),
    version("1.36.2"),
    [
      'kubernetes.version: "1.36.2" is older than 1.36.4, which runs; there is no way back from an upgrade; use "1.36" or newer',
    ],
  ],
  [
    "what only another machine has, while a pool's machines stay",
    { nodePools: [IN_PLACE] },
    { nodePools: [{ ...IN_PLACE, machineType: "e2-standard-8", labels: { tier: "night" } }] },
    [
      'nodePools[0].labels: { "tier" } cannot change while upgrade.strategy is in-place, for it needs other machines; set upgrade.strategy to surge or blue-green together with it',
    ],
  ],
];

describe("changes that are refused", () => {
  for (const [what, before, after, messages] of REFUSED) {
    it(what, () => assert.deepEqual(refused(before, after), messages));
  }
  it("not what replaces control-plane machines, which is carried out", () => {
    assert.deepEqual(refused({}, { controlPlane: { machineType: "e2-standard-8", os: "flatcar" } }), []);
    assert.deepEqual(refused({}, { network: { nodesPrivate: false } }), []);
    const api = (access: string) => ({ network: { api: { access } } });
    assert.deepEqual(refused(api("private"), api("public")), []);
  });
  it("a range of nodes that cannot grow in place, without a proposal that would be refused", () => {
    assert.deepEqual(
      refused({ network: { nodes: "10.10.16.0/20" } }, { network: { nodes: "10.10.0.0/19" } }),
      ['network.nodes: "10.10.0.0/19" cannot shrink or move (it is 10.10.16.0/20); set it back'],
    );
  });
  it("a patch older than the one that runs, though the wish was open", () => {
    assert.deepEqual(refused(version("1.36"), version("1.36.2"), "1.36.4"), [
      'kubernetes.version: "1.36.2" is older than 1.36.4, which runs; there is no way back from an upgrade; use "1.36" or newer',
    ]);
    assert.deepEqual(refused(version("1.36"), version("1.36.2"), "1.36.2"), []);
  });
  it("upgrades only where a minor on the way is not known (S9)", () => {
    assert.deepEqual(refused(version("1.36"), version("1.37"), "1.36.4"), []);
    assert.deepEqual(refused(version("1.36"), version("1.36.2"), "1.36.1"), []);
    assert.deepEqual(refused(version("1.35"), version("1.37"), "1.35.8"), [], "by way of 1.36");
    assert.deepEqual(refused(version("1.35"), version("1.37"), "1.32.5"), [
      `kubernetes.version: "1.37" cannot be reached from 1.32.5, which runs, minor by minor: not every minor between is known; ${WAY_OUT}`,
    ]);
  });
  it("other zones for the machines of a pool, said or by default", () => {
    const [a, b, c] = ["europe-west4-a", "europe-west4-b", "europe-west4-c"];
    const pool = (zones: readonly string[]) => ({ nodePools: [{ name: "general", zones }] });
    const message = (path: string, zones: string) =>
      `${path}: a list of ${zones} cannot change (the machines of pool general are spread over ${a}); set zones: [${a}] for pool general; for machines in other zones add another pool with them, then remove this one`;
    assert.deepEqual(refused(pool([a]), pool([a, b])), [message("nodePools[0].zones", "2")]);
    assert.deepEqual(refused(pool([a]), pool([c])), [message("nodePools[0].zones", "1")]);
    assert.deepEqual(refused(pool([a, b]), pool([b, a])), []);
    const one = { controlPlane: { replicas: 1 }, nodePools: [{ name: "general" }] };
    assert.deepEqual(refused({ ...one, zones: [a] }, { ...one, zones: [a, b] }), [
      message("nodePools[0].zones", "2"),
    ]);
  });
});

describe("changes that are allowed", () => {
  const ALLOWED: readonly (readonly [string, object, object])[] = [
    ["nothing", {}, {}],
    ["a range that holds what runs", version("1.36"), version(">=1.35.4 <1.38")],
    [
      "a larger range of nodes at the same address",
      { network: { nodes: "10.10.0.0/20" } },
      { network: { nodes: "10.10.0.0/19" } },
    ],
    [
      "more control-plane machines and a larger disk",
      { controlPlane: { replicas: 1 } },
      { controlPlane: { replicas: 3, etcd: { sizeGb: 100 } } },
    ],
    [
      "a zone more behind those in use",
      { controlPlane: { replicas: 1 }, zones: ["europe-west4-a"], nodePools: IN_ONE_ZONE },
      { controlPlane: { replicas: 1 }, zones: ["europe-west4-a", "europe-west4-b"], nodePools: IN_ONE_ZONE },
    ],
    ["a private API", {}, { network: { api: { access: "private" } } }],
    [
      "everything about a pool, its name too",
      {},
      {
        nodePools: [
          {
            name: "other",
            machineType: "n2-standard-4",
            os: "cos",
            size: 1,
            spot: true,
            zones: ["europe-west4-c"],
          },
        ],
      },
    ],
  ];
  for (const [what, before, after] of ALLOWED) {
    it(what, () => assert.deepEqual(refused(before, after), []));
  }
});

describe("the reference page's word on changes", () => {
  it("agrees with what is refused", () => {
    assert.equal(changeOf(["network", "existing", "network"]), "no");
    assert.equal(changeOf(["network", "nodes"]), "it can grow in place (10.10.0.0/20 to /19)");
    assert.equal(changeOf(["nodePools[]", "disk", "type"]), "yes, replaces machines");
    assert.equal(changeOf(["nodePools[]", "size"]), "yes");
  });
});

describe("zones of control-plane machines", () => {
  it("go round the cluster's zones in order", () => {
    const zones = ["europe-west4-b", "europe-west4-a"];
    assert.deepEqual(
      [0, 1, 2].map((member) => controlPlaneZone({ zones }, member)),
      [...zones, "europe-west4-b"],
    );
  });
});
