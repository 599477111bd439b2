import assert from "node:assert/strict";
import { pass } from "../../shared/engine/pass.ts";
import { statusPath } from "../../shared/engine/paths.ts";
import { StoreError } from "../../shared/ports/store.ts";
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { INBOX_ENTRIES_MAX } from "../../shared/status/inbox.ts";
import { ID } from "../support/fake-engine.ts";
import { hostErrorEntry, logEntry, MACHINE_NAME, push } from "../support/log-entries.ts";
import { shuffled } from "../support/shuffled.ts";
import { MACHINE, machineEventRig } from "./machine-event-rig.ts";
import { INVOKER, OPERATOR, PUSHER, URLS } from "./plane.ts";

const HOUR_MS = 3_600_000;

describe("functions/machine-event", () => {
  it("puts what happened to a machine of ours into its cluster's inbox, and asks for a pass at once", async () => {
    const rig = await machineEventRig();
    const response = await rig.push();
    assert.deepEqual([response.status, await response.json()], [200, { outcome: "taken-in" }]);
    const [incident, ...more] = (await rig.inbox())?.incidents ?? [];
    assert.deepEqual(more, []);
    assert.equal(incident?.kind, "host-error");
    assert.equal(incident?.receivedMs, rig.world.clock.nowMs());
    assert.deepEqual(rig.world.wakeups, [
      { clusterId: ID, atMs: rig.world.clock.nowMs(), cause: `host-error of ${MACHINE_NAME}` },
    ]);
  });

  it("takes in the same hostError once, however often and in whatever order it is told (fault 1)", async () => {
    const rig = await machineEventRig();
    const restart = logEntry({ method: "compute.instances.automaticRestart", insertId: "def456" });
    const copies = [...Array.from({ length: 50 }, () => hostErrorEntry()), restart];
    for (const [turn, entry] of shuffled(copies, 1).entries()) {
      const response = await rig.push(push(entry));
      assert.equal(response.status, 200);
      // Between the doubles, passes take in what has come.
      if (turn % 7 === 3) await pass(rig.plane.engine, ID, "test");
    }
    await pass(rig.plane.engine, ID, "test");
    const { care } = await rig.world.status();
    assert.deepEqual(care?.incidents.map(({ kind }) => kind).toSorted(), ["automatic-restart", "host-error"]);
    assert.equal(await rig.inbox(), undefined);
  });

  it("takes in the same hostError once when 50 of it come at the same moment (fault 1)", async () => {
    const rig = await machineEventRig();
    const answers = await Promise.all(Array.from({ length: 50 }, () => rig.push()));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal((await rig.inbox())?.incidents.length, 1);
  });

  it("does nothing for a hostError of an earlier machine of the same name, 22 hours old (fault 3)", async () => {
    const rig = await machineEventRig();
    const before = await rig.stored();
    const timestamp = new Date(rig.world.clock.nowMs() - 22 * HOUR_MS).toISOString();
    const response = await rig.push(push(hostErrorEntry({ instanceId: "99", timestamp })));
    assert.deepEqual([response.status, await response.json()], [200, { outcome: "stale" }]);
    assert.equal(await rig.stored(), before, "nothing is written");
    assert.match(JSON.stringify(rig.lines), /another machine bears its name now/);
    assert.deepEqual(
      rig.world.wakeups.map(({ clusterId }) => clusterId),
      [ID],
      "the cluster looks, which is harmless",
    );
  });

  it("lets the cluster look when the machine is gone, and writes nothing", async () => {
    const rig = await machineEventRig();
    rig.machine = undefined;
    const response = await rig.push();
    assert.deepEqual(await response.json(), { outcome: "stale" });
    assert.equal(await rig.inbox(), undefined);
    assert.equal(rig.world.wakeups.length, 1);
  });

  it("ignores what is told too late to be told apart from its doubles", async () => {
    const rig = await machineEventRig();
    const timestamp = new Date(rig.world.clock.nowMs() - 25 * HOUR_MS).toISOString();
    assert.deepEqual(await (await rig.push(push(hostErrorEntry({ timestamp })))).json(), {
      outcome: "stale",
    });
    assert.equal(await rig.inbox(), undefined);
  });

  it("ignores what is dated hours ahead: it would hide whatever else comes of its machine", async () => {
    const rig = await machineEventRig();
    for (const timestamp of [
      new Date(rig.world.clock.nowMs() + 3 * HOUR_MS).toISOString(),
      "9998-01-01T00:00:00Z",
    ]) {
      const response = await rig.push(push(hostErrorEntry({ timestamp })));
      assert.deepEqual([response.status, await response.json()], [200, { outcome: "stale" }]);
    }
    const beyond = push(hostErrorEntry({ timestamp: "+275760-09-13T00:00:00.000Z" }));
    assert.deepEqual(await (await rig.push(beyond)).json(), { outcome: "ignored" });
    assert.equal(await rig.inbox(), undefined);
    const skewed = new Date(rig.world.clock.nowMs() + HOUR_MS).toISOString();
    const response = await rig.push(push(hostErrorEntry({ timestamp: skewed })));
    assert.deepEqual(await response.json(), { outcome: "taken-in" });
  });

  const strangers: readonly (readonly [why: string, labels: Readonly<Record<string, string>> | undefined])[] =
    [
      ["of nobody's", undefined],
      ["of a cluster that is not here", { ...MACHINE.labels, "clusterwright-cluster": "elsewhere" }],
      ["of an earlier cluster of the name", { ...MACHINE.labels, "clusterwright-uid": "zzz999" }],
    ];
  for (const [why, labels] of strangers)
    it(`ignores a machine ${why} (S2)`, async () => {
      const rig = await machineEventRig();
      const before = await rig.stored();
      rig.machine = { ...MACHINE, labels } as typeof MACHINE;
      assert.deepEqual(await (await rig.push()).json(), { outcome: "ignored" });
      assert.equal(await rig.stored(), before);
      assert.deepEqual(rig.world.wakeups, []);
    });

  it("ignores a machine with our labels in a project that is not the cluster's (S11)", async () => {
    const rig = await machineEventRig();
    await rig.world.store.transact(async (transaction) => {
      const status = await transaction.get<ClusterStatus>(statusPath(ID));
      const accepted = { ...status?.data.accepted, project: "another-project" };
      transaction.set(statusPath(ID), { ...status?.data, accepted });
    });
    assert.deepEqual(await (await rig.push()).json(), { outcome: "ignored" });
    assert.equal(await rig.inbox(), undefined);
  });

  it("ignores machines of a cluster that is being deleted", async () => {
    const rig = await machineEventRig();
    await rig.world.store.transact(async (transaction) => {
      const status = await transaction.get<ClusterStatus>(statusPath(ID));
      transaction.set(statusPath(ID), { ...status?.data, deleting: true });
    });
    assert.deepEqual(await (await rig.push()).json(), { outcome: "ignored" });
    assert.equal(await rig.inbox(), undefined);
  });

  it("acknowledges or refuses whatever else comes, with the reason in the log, and writes nothing (fault 10)", async () => {
    const rig = await machineEventRig();
    const before = await rig.stored();
    const bodies: readonly (readonly [body: string, status: number])[] = [
      ["", 400],
      ["{", 400],
      ["null", 400],
      ["[]", 400],
      [JSON.stringify({ message: {} }), 400],
      [JSON.stringify({ message: { data: "%%%" } }), 400],
      [push(""), 400],
      [push("not JSON"), 400],
      [push("null"), 200],
      [push({}), 200],
      [push(logEntry({ entry: { logName: "projects/demo-project/logs/syslog" } })), 200],
      [push(logEntry({ payload: { serviceName: "container.googleapis.com" } })), 200],
      [push(logEntry({ payload: { resourceName: "projects/other/zones/europe-west4-a/instances/x" } })), 200],
      [
        push(
          logEntry({ payload: { resourceName: `projects/demo-project/zones/../instances/${MACHINE_NAME}` } }),
        ),
        200,
      ],
      [push(logEntry({ entry: { timestamp: "yesterday" } })), 200],
    ];
    for (const [body, status] of bodies) {
      const lines = rig.lines.length;
      const response = await rig.push(body);
      assert.equal(response.status, status, body);
      assert.equal(rig.lines.length, lines + 1, "one line in the log");
      assert.match(JSON.stringify(rig.lines.at(-1)), /"reason":"/);
    }
    assert.equal((await rig.push("x".repeat(10 * 1024 * 1024))).status, 413);
    assert.match(rig.lines.at(-1)?.message ?? "", /no entry of a log is that large/);
    assert.equal(await rig.stored(), before);
    assert.deepEqual(rig.world.wakeups, []);
  });

  it("tells of a method that it does not know, and takes it in as unknown", async () => {
    const rig = await machineEventRig();
    await rig.push(push(logEntry({ method: "compute.instances.kmsKeyError" })));
    const incidents = (await rig.inbox())?.incidents ?? [];
    assert.deepEqual(
      incidents.map(({ kind, method }) => [kind, method]),
      [["unknown", "compute.instances.kmsKeyError"]],
    );
    assert.equal(rig.lines.at(-1)?.level, "warning");
  });

  it("lets no other caller in, and writes nothing for it (fault 15)", async () => {
    const rig = await machineEventRig();
    const before = await rig.stored();
    const token = async (email: string, audience: string) => (await rig.bearer(email, audience)).slice(7);
    const valid = await token(PUSHER, URLS.machineEvent);
    const callers: readonly (readonly [why: string, token: string, status: number])[] = [
      ["no token", "", 401],
      ["garbage", "garbage", 401],
      ["a changed signature", `${valid.slice(0, -6)}AAAAAA`, 401],
      ["a token for another function", await token(PUSHER, URLS.reconcile), 401],
      ["the account of Cloud Tasks", await token(INVOKER, URLS.machineEvent), 403],
      ["a person who may use the API", await token(OPERATOR, URLS.machineEvent), 403],
      ["a domain that may use the API", await token("bob@trusted.example", URLS.machineEvent), 403],
    ];
    for (const [why, shown, status] of callers) {
      assert.equal((await rig.push(undefined, shown)).status, status, why);
      assert.equal(
        (await rig.push("x".repeat(1024 * 1024), shown)).status,
        status,
        `${why}, and much to read`,
      );
    }
    await rig.world.clock.advance(2 * HOUR_MS);
    assert.equal((await rig.push(undefined, valid)).status, 401, "expired");
    assert.equal(await rig.stored(), before);
    assert.deepEqual(rig.world.wakeups, []);
  });

  it("keeps the newest where more happens than a cluster's inbox holds", async () => {
    const rig = await machineEventRig();
    for (let one = 0; one <= INBOX_ENTRIES_MAX; one++)
      await rig.push(push(hostErrorEntry({ insertId: `one-${one}` })));
    const incidents = (await rig.inbox())?.incidents ?? [];
    assert.equal(incidents.length, INBOX_ENTRIES_MAX);
  });

  it("is pushed the same again while the database or the queue does not answer, and takes it in once", async () => {
    const rig = await machineEventRig();
    const { engine } = rig.plane;
    const store = {
      ...engine.store,
      transact: async () => {
        throw new StoreError("unavailable", "the database cannot be reached");
      },
    };
    const { createMachineEvent } = await import("../../functions/machine-event.ts");
    const init = {
      method: "POST",
      headers: { Authorization: await rig.bearer(PUSHER, URLS.machineEvent) },
      body: push(hostErrorEntry()),
    };
    const down = createMachineEvent({ ...rig.plane, engine: { ...engine, store } });
    assert.equal((await down.request("/", init)).status, 503);
    // It is in the inbox, and whoever put it there could not ask for the pass.
    let asked = 0;
    const schedule = async () => {
      asked += 1;
      if (asked === 1) throw new StoreError("unavailable", "the queue does not answer");
    };
    const wakeups = { ...engine.wakeups, schedule };
    const forgetful = createMachineEvent({ ...rig.plane, engine: { ...engine, wakeups } });
    assert.equal((await forgetful.request("/", init)).status, 503);
    assert.deepEqual(await (await forgetful.request("/", init)).json(), { outcome: "doubled" });
    assert.equal(asked, 2, "the repeat asks again");
    assert.equal((await rig.inbox())?.incidents.length, 1);
  });
});
