/** The simulated audit log says what the real one says: its entries are read by the code that reads the real ones. */
import assert from "node:assert/strict";
import { decodePush } from "../../../shared/incidents/decode.ts";
import { createAuditLog, pushBody } from "../../../simulator/logging/audit-log.ts";

const PATH = "projects/demo-project/zones/europe-west4-a/instances/shop-ab12cd-n-general-x7k2";
const AT_MS = Date.UTC(2026, 10, 1, 12);
const METHODS: readonly (readonly [method: string, kind: string])[] = [
  ["hostError", "host-error"],
  ["automaticRestart", "automatic-restart"],
  ["preempted", "preempted"],
  ["migrateOnHostMaintenance", "migrated"],
  ["terminateOnHostMaintenance", "terminated"],
  ["guestTerminate", "terminated"],
  ["repair.recreateInstance", "group-repair"],
  ["upcomingMaintenance", "maintenance-notice"],
];

describe("the simulated audit log", () => {
  const entryOf = createAuditLog();
  const event = (method: string) => ({
    method: `compute.instances.${method}`,
    path: PATH,
    id: "42",
    atMs: AT_MS,
  });

  for (const [method, kind] of METHODS)
    it(`words ${method} so that it is read as ${kind}`, () => {
      const body = JSON.stringify(pushBody(entryOf(event(method)), "1", "projects/p/subscriptions/s"));
      const decoded = decodePush(body, AT_MS + 1_000);
      assert.ok(decoded.decoded === "incident", JSON.stringify(decoded));
      const { kind: read, machine, instanceId, atMs } = decoded.incident;
      assert.deepEqual([read, machine, instanceId, atMs], [kind, PATH, "42", AT_MS]);
    });

  it("leaves out status and principal of a restart, as the real one does", () => {
    const { protoPayload } = entryOf(event("automaticRestart"));
    assert.ok(!("status" in protoPayload) && !("authenticationInfo" in protoPayload));
  });

  it("gives two entries at one moment two insert ids", () => {
    assert.notEqual(entryOf(event("hostError")).insertId, entryOf(event("hostError")).insertId);
  });
});
