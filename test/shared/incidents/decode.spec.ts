import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePush } from "../../../shared/incidents/decode.ts";
import { PUSH_BYTES_MAX } from "../../../shared/incidents/push-message.ts";
import { incidentSchema } from "../../../shared/status/inbox.ts";
import { hostErrorEntry, logEntry, MACHINE_ID, MACHINE_NAME, push } from "../../support/log-entries.ts";
import { TEST_NOW_MS } from "../../support/specs.ts";

const decode = (body: string) => decodePush(body, TEST_NOW_MS);
function incident(entry: Readonly<Record<string, unknown>>) {
  const decoded = decode(push(entry));
  assert.ok(decoded.decoded === "incident", JSON.stringify(decoded));
  assert.deepEqual(incidentSchema.parse(decoded.incident), decoded.incident);
  return decoded.incident;
}

describe("shared/incidents/decode", () => {
  it("reads a host error as the log sink delivers it", () => {
    const { id, ...rest } = incident(hostErrorEntry());
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.deepEqual(rest, {
      kind: "host-error",
      method: "compute.instances.hostError",
      machine: `projects/demo-project/zones/europe-west4-a/instances/${MACHINE_NAME}`,
      instanceId: MACHINE_ID,
      atMs: TEST_NOW_MS - 1_000,
      receivedMs: TEST_NOW_MS,
      message: "Instance terminated by Compute Engine.",
    });
  });

  const methods: readonly (readonly [method: string, kind: string])[] = [
    ["hostError", "host-error"],
    ["automaticRestart", "automatic-restart"],
    ["preempted", "preempted"],
    ["migrateOnHostMaintenance", "migrated"],
    ["terminateOnHostMaintenance", "terminated"],
    ["guestTerminate", "terminated"],
    ["repair.recreateInstance", "group-repair"],
    ["upcomingMaintenance", "maintenance-notice"],
    ["upcomingInfraMaintenance", "maintenance-notice"],
    ["localSsdRecoveryFailedError", "unknown"],
    ["toString", "unknown"],
    ["__proto__", "unknown"],
  ];
  for (const [method, kind] of methods)
    it(`calls ${method} ${kind}, also where status and principal are missing`, () => {
      const bare = { status: undefined, authenticationInfo: undefined };
      const read = incident(logEntry({ method: `compute.instances.${method}`, payload: bare }));
      assert.equal(read.kind, kind);
      assert.ok(read.message.length > 0);
      const empty = { status: {}, authenticationInfo: {} };
      assert.equal(incident(logEntry({ method: `compute.instances.${method}`, payload: empty })).kind, kind);
    });

  it("reads the window and the reasons of a notice, bare or wrapped", () => {
    const upcoming = {
      canReschedule: true,
      maintenanceStatus: "PENDING",
      maintenanceReasons: ["FAILURE_DISK"],
      type: "UNSCHEDULED",
      windowStartTime: "2026-11-02T01:00:00.123456789Z",
      windowEndTime: "2026-11-02T05:00:00Z",
    };
    const method = "compute.instances.upcomingMaintenance";
    for (const metadata of [upcoming, { upcomingMaintenance: upcoming }]) {
      const { window, message } = incident(logEntry({ method, payload: { metadata } }));
      assert.deepEqual(window, {
        startMs: Date.parse("2026-11-02T01:00:00.123Z"),
        endMs: Date.parse("2026-11-02T05:00:00Z"),
        canReschedule: true,
        type: "UNSCHEDULED",
      });
      assert.match(message, /\(FAILURE_DISK\)$/);
    }
    const odd = [
      undefined,
      null,
      {},
      { windowStartTime: 5 },
      { ...upcoming, windowEndTime: "1970-01-01T00:00:00Z" },
    ];
    for (const metadata of odd)
      assert.equal(incident(logEntry({ method, payload: { metadata } })).window, undefined);
  });

  it("tells entries apart by insertId, timestamp and log alone", () => {
    const one = incident(hostErrorEntry()).id;
    const same = incident(
      hostErrorEntry({ entry: { receiveTimestamp: "2030-01-01T00:00:00Z" }, payload: { status: {} } }),
    );
    assert.equal(same.id, one);
    const others = [
      hostErrorEntry({ insertId: "abc124" }),
      hostErrorEntry({ timestamp: "2026-11-01T11:00:00Z" }),
      hostErrorEntry({ project: "other-project" }),
    ];
    assert.equal(new Set([one, ...others.map((entry) => incident(entry).id)]).size, 4);
  });

  it("keeps what the cloud says on one short line", () => {
    const message = `gone\u001b[31m\n${"x".repeat(10_000)}`;
    const read = incident(hostErrorEntry({ payload: { status: { message } } }));
    assert.equal(read.message.length, 300);
    assert.doesNotMatch(read.message, /\p{C}/u);
  });

  it("never throws, whatever the body is (fault 10)", () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.anything().map(toText),
      fc.anything().map(toText).map(push),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const decoded = decode(body);
        assert.notEqual(decoded.decoded, "incident");
        assert.ok("reason" in decoded && decoded.reason.length > 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never throws and never makes an incident that cannot be stored, whatever is put into an entry (fault 10)", () => {
    const paths = [
      "protoPayload",
      "resource",
      "timestamp",
      "insertId",
      "logName",
      "methodName",
      "status",
      "metadata",
    ];
    const whole = hostErrorEntry({ method: "compute.instances.upcomingMaintenance" });
    const change = fc.record({ path: fc.constantFrom(...paths), value: fc.anything() });
    fc.assert(
      fc.property(change, ({ path, value }) => {
        const payload = whole["protoPayload"] as Readonly<Record<string, unknown>>;
        const changed =
          path in whole
            ? { ...whole, [path]: value }
            : { ...whole, protoPayload: { ...payload, [path]: value } };
        const decoded = decode(push(toText(changed)));
        if (decoded.decoded === "incident") incidentSchema.parse(decoded.incident);
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads the largest entry that Cloud Logging takes within the bound for pushes", () => {
    const entry = hostErrorEntry({ payload: { padding: "x".repeat(256 * 1024 - 2_000) } });
    const body = push(entry);
    assert.ok(body.length <= PUSH_BYTES_MAX);
    assert.equal(decode(body).decoded, "incident");
  });
});

/** Values that JSON does not have become what JSON makes of them. */
function toText(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? String(one) : one)) ?? "";
  } catch {
    return "";
  }
}
