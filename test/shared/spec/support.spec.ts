/** What the engine does not do yet is refused by name. */
import assert from "node:assert/strict";
import { describeFieldError } from "../../../shared/spec/field-error.ts";
import { unsupported } from "../../../shared/spec/support.ts";
import { clusterSpec } from "./cluster-documents.ts";

const refused = (changes: object) => unsupported(clusterSpec({ ...changes })).map(describeFieldError);
const pool = (changes: object) => ({ nodePools: [{ name: "general", ...changes }] });

const NOT_YET: readonly (readonly [string, object, string])[] = [
  ["engine gke", { engine: "gke" }, 'engine: "gke" is not supported yet; use gce'],
  [
    "an environment",
    { environment: "production" },
    'environment: "production" is not supported yet; leave it out',
  ],
  [
    "a release channel",
    { kubernetes: { channel: "rapid" } },
    'kubernetes.channel: "rapid" is not supported yet; leave it out, or keep the default ("stable")',
  ],
  [
    "a log bucket",
    { logging: { bucket: "audit" } },
    'logging.bucket: "audit" is not supported yet; leave it out',
  ],
  [
    "another retention",
    { logging: { retention: "90d" } },
    'logging.retention: "90d" is not supported yet; leave it out, or keep the default ("30d")',
  ],
  [
    "logging off",
    { logging: { enabled: false } },
    "logging.enabled: false is not supported yet; leave it out, or keep the default (true)",
  ],
  [
    "monitoring",
    { monitoring: { managedPrometheus: false } },
    "monitoring.managedPrometheus: false is not supported yet; leave it out, or keep the default (true)",
  ],
  [
    "another interval of health checks",
    { health: { interval: "5m" } },
    'health.interval: "5m" is not supported yet; leave it out, or keep the default ("1m")',
  ],
  [
    "registries",
    { registry: { repositories: ["europe-docker.pkg.dev/acme/images"] } },
    "registry.repositories: a list of 1 is not supported yet; leave it out, or keep the default ([])",
  ],
  [
    "notifications",
    { notifications: { topic: "projects/acme/topics/clusters" } },
    'notifications.topic: "projects/acme/topics/clusters" is not supported yet; leave it out',
  ],
  [
    "an autoscaled size",
    pool({ size: { min: 3, max: 9 } }),
    'nodePools[0].size: { "min", "max" } is not supported yet; write a number, like size: 3',
  ],
  [
    "ARM processors",
    pool({ machineType: "t2a-standard-4" }),
    'nodePools[0].machineType: "t2a-standard-4" is not supported yet; use a machine type with x86 processors, like e2-standard-4',
  ],
];

describe("what is not supported yet", () => {
  for (const [what, changes, message] of NOT_YET) {
    it(`refuses ${what}`, () => assert.deepEqual(refused(changes), [message]));
  }
  it("is not tripped by defaults, written out or not", () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(
      refused({
        logging: { enabled: true, retention: "30d", exclude: [] },
        maintenance: { autoUpgrade: { patch: false, minor: true, os: false } },
        ...pool({ repair: { after: "10m" } }),
      }),
      [],
    );
  });
});
