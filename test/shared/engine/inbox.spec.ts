import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { INCIDENT_KEPT_MS, INCIDENTS_KEPT_MAX } from "../../../shared/engine/inbox.ts";
import { pass } from "../../../shared/engine/pass.ts";
import { eventsPath, inboxPath, statusPath } from "../../../shared/engine/paths.ts";
import type { EventRecord } from "../../../shared/status/cluster-status.ts";
import { EMPTY_INBOX, type Inbox, type Incident } from "../../../shared/status/inbox.ts";
import { fakeWorld, ID, quickstart } from "../../support/fake-engine.ts";
import { fakeKind } from "../../support/fake-kind.ts";

const MACHINE = "projects/p/zones/z/instances/one";
function hostError(id: string, atMs: number): Incident {
  return {
    id,
    kind: "host-error",
    method: "compute.instances.hostError",
    machine: MACHINE,
    instanceId: "1",
    atMs,
    receivedMs: atMs,
    message: "Instance terminated by Compute Engine.",
  };
}
async function worldAtRest() {
  const network = fakeKind("networks");
  const world = fakeWorld([network]);
  await world.write(quickstart());
  await pass(world.engine, ID, "test");
  network.end();
  await pass(world.engine, ID, "test");
  const say = (inbox: Partial<Inbox>) =>
    world.store.transact(async (transaction) => transaction.set(inboxPath(ID), { ...EMPTY_INBOX, ...inbox }));
  return { ...world, say };
}

describe("the inbox of a cluster", () => {
  it("is taken into the status once, told, and empty afterwards", async () => {
    const world = await worldAtRest();
    const incident = hostError("a", world.clock.nowMs());
    await world.say({ incidents: [incident, incident] });
    await pass(world.engine, ID, "machine event");
    assert.deepEqual((await world.status()).care?.incidents, [incident]);
    assert.equal(await world.store.get(inboxPath(ID)), undefined);
    const events = await world.store.query<EventRecord>({ collection: eventsPath(ID), limit: 10 });
    const told = events.documents.flatMap(({ data }) => data.lines).filter(({ verb }) => verb === "incident");
    assert.deepEqual(told, [
      {
        level: "warning",
        verb: "incident",
        key: MACHINE,
        message: "host-error (compute.instances.hostError): Instance terminated by Compute Engine.",
      },
    ]);
  });

  it("says nothing new of an incident that is known, and the next pass writes nothing", async () => {
    const world = await worldAtRest();
    const incident = hostError("a", world.clock.nowMs());
    await world.say({ incidents: [incident] });
    await pass(world.engine, ID, "machine event");
    await world.say({ incidents: [incident, incident] });
    await pass(world.engine, ID, "machine event");
    assert.deepEqual((await world.status()).care?.incidents, [incident]);
    const before = await world.store.get(statusPath(ID));
    assert.equal((await pass(world.engine, ID, "test")).outcome, "quiet");
    assert.equal((await world.store.get(statusPath(ID)))?.version, before?.version);
  });

  it("keeps the newest of a storm, and none for longer than doubles are late", async () => {
    const world = await worldAtRest();
    const nowMs = world.clock.nowMs();
    const many = Array.from({ length: INCIDENTS_KEPT_MAX + 5 }, (_, index) => hostError(`${index}`, nowMs));
    await world.say({ incidents: [hostError("old", nowMs - INCIDENT_KEPT_MS), ...many] });
    await pass(world.engine, ID, "machine event");
    const kept = (await world.status()).care?.incidents.map(({ id }) => id);
    assert.equal(kept?.length, INCIDENTS_KEPT_MAX);
    assert.equal(kept?.at(-1), String(INCIDENTS_KEPT_MAX + 4));
    assert.ok(!kept?.includes("old"));
  });
});
