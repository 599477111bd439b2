/** The formats of single values. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf, poolDocument } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a cluster's name of 26 characters",
    clusterDocument({ name: "aaaaaaaaaaaaaaaaaaaaaaaaaa" }),
    ['name: "aaaaaaaaaaaaaaaaaaaaaaaaaa" has 26 characters, more than 25; shorten it'],
  ],
  [
    "a pool's name of 21 characters",
    clusterDocument({ nodePools: [{ name: "aaaaaaaaaaaaaaaaaaaaa" }] }),
    ['nodePools[0].name: "aaaaaaaaaaaaaaaaaaaaa" has 21 characters, more than 20; shorten it'],
  ],
  [
    "capitals in a name",
    clusterDocument({ name: "Shop" }),
    [
      'name: "Shop" is not a name; use small letters, digits and hyphens; begin with a letter, end with a letter or digit',
    ],
  ],
  [
    "a project's number",
    clusterDocument({ project: "123456789" }),
    [
      'project: "123456789" is not a project id; use the project\'s id (not its name or number): 6 to 30 small letters, digits and hyphens',
    ],
  ],
  [
    "an even number of machines",
    clusterDocument({ controlPlane: { replicas: 2 } }),
    ["controlPlane.replicas: 2 is even: etcd gains no safety from an even member; use 3"],
  ],
  [
    "more machines than etcd gains by",
    clusterDocument({ controlPlane: { replicas: 7 } }),
    ["controlPlane.replicas: 7 is not a number of control-plane machines; use 1, 3 or 5"],
  ],
  [
    "a negative size",
    poolDocument({ size: -1 }),
    ["nodePools[0].size: -1 is not a whole number from 0 to 2000; use 0 to 2000"],
  ],
  [
    "half a machine",
    poolDocument({ size: 1.5 }),
    ["nodePools[0].size: 1.5 is not a whole number from 0 to 2000; use 0 to 2000"],
  ],
  [
    "an account by its default name",
    poolDocument({ serviceAccount: "123-compute@developer.gserviceaccount.com" }),
    [
      'nodePools[0].serviceAccount: "123-compute@developer.gserviceaccount.com" is not the email of a service account made for this purpose; write it like nodes-sa@PROJECT.iam.gserviceaccount.com',
    ],
  ],
  [
    "a machine type with a path",
    poolDocument({ machineType: "zones/z/machineTypes/e2-standard-4" }),
    [
      'nodePools[0].machineType: "zones/z/machineTypes/e2-standard-4" is not a machine type; write it like e2-standard-4 (its bare name, no path)',
    ],
  ],
  [
    "a disk too small for the image",
    poolDocument({ disk: { sizeGb: 10 } }),
    ["nodePools[0].disk.sizeGb: 10 is not a whole number from 20 to 65536; use 20 to 65536"],
  ],
  [
    "a label's key that is none",
    poolDocument({ labels: { "a b": "x" } }),
    [
      'nodePools[0].labels["a b"]: "x" is not a label\'s key; write NAME or PREFIX/NAME: the name at most 63 letters, digits, hyphens, underscores and dots, the prefix a DNS name',
    ],
  ],
  [
    "a label's value that is none",
    poolDocument({ labels: { tier: "a b" } }),
    [
      'nodePools[0].labels.tier: "a b" is not a label\'s value; use letters, digits, hyphens, underscores and dots, beginning and ending with a letter or digit',
    ],
  ],
  [
    "a label's value that is no text",
    poolDocument({ labels: { spot: true } }),
    ['nodePools[0].labels.spot: true is not a text; put it in quotes: "true"'],
  ],
  [
    "a taint's effect that is misspelt",
    poolDocument({ taints: [{ key: "a", effect: "NoSchedul" }] }),
    ['nodePools[0].taints[0].effect: "NoSchedul" is not one of the choices; did you mean NoSchedule?'],
  ],
  [
    "a share above the whole",
    poolDocument({ upgrade: { maxSurge: "120%" } }),
    [
      'nodePools[0].upgrade.maxSurge: "120%" is not a percentage; write a whole number of machines, or a share from 0% to 100% like 20%',
    ],
  ],
  [
    "a duration that is none",
    poolDocument({ upgrade: { drainTimeout: "1 hour" } }),
    ['nodePools[0].upgrade.drainTimeout: "1 hour" is not a duration; write it like 90s, 10m, 6h or 30d'],
  ],
  [
    "a repair that races Compute Engine's restart",
    poolDocument({ repair: { after: "1m" } }),
    ['nodePools[0].repair.after: "1m" is not between 6m and 1d; use 6m to 1d'],
  ],
  [
    "a bound for joining that no machine keeps",
    poolDocument({ repair: { joinTimeout: "1m" } }),
    ['nodePools[0].repair.joinTimeout: "1m" is not between 5m and 1d; use 5m to 1d'],
  ],
  [
    "a ladder without steps",
    poolDocument({ repair: { ladder: [] } }),
    ["nodePools[0].repair.ladder: [] is empty; list restart, recreate or both, or set enabled: false"],
  ],
  [
    "a shell expansion in a log filter",
    clusterDocument({ logging: { exclude: [{ name: "noise", filter: "$(reboot)" }] } }),
    [
      'logging.exclude[0].filter: "$(reboot)" holds a shell expansion; write a plain filter, like resource.labels.namespace_name="noisy"',
    ],
  ],
  [
    "a registry of another kind",
    clusterDocument({ registry: { repositories: ["docker.io/library"] } }),
    [
      'registry.repositories[0]: "docker.io/library" is not a repository in Artifact Registry; write it like europe-docker.pkg.dev/PROJECT/images',
    ],
  ],
  [
    "a topic that is none",
    clusterDocument({ notifications: { topic: "clusters" } }),
    [
      'notifications.topic: "clusters" is not a Pub/Sub topic; write it like projects/PROJECT/topics/clusters',
    ],
  ],
];

describe("formats of values", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept names at their greatest length", () => {
    const document = clusterDocument({ name: "c".repeat(25), nodePools: [{ name: "p".repeat(20) }] });
    assert.deepEqual(messagesOf(document), []);
  });
  it("accept labels with prefixes, dots and empty values", () => {
    const labels = { "example.com/tier": "web-1.2_3", Team: "", "node.kubernetes.io/zone-of-mine": "a" };
    assert.deepEqual(messagesOf(poolDocument({ labels })), []);
  });
});
