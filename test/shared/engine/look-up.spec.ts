import assert from "node:assert/strict";
import { JOIN_KINDS, joinAnswer } from "../../../shared/engine/join-answer.ts";
import { lookUp } from "../../../shared/engine/look-up.ts";
import { runningCluster } from "../../support/running-cluster.ts";
import { simulatedPlane } from "../../support/simulated-plane.ts";
import { exampleDocument } from "../../support/specs.ts";

describe("engine/look-up", () => {
  it("learns the way to a running cluster's API and who serves it, and changes nothing by it", async function () {
    this.timeout(20_000);
    const plane = simulatedPlane();
    const spec = exampleDocument("quickstart");
    const cluster = runningCluster(plane, "quickstart", spec);
    await cluster.write(spec);
    const status = await cluster.status();
    assert.ok(status.accepted !== undefined);
    let changes = 0;
    plane.cloud.compute.onChange(() => {
      changes += 1;
    });
    const facts = await lookUp(plane.engine, "quickstart", status.accepted, status);
    assert.equal(facts.access?.server, status.endpoint);
    assert.deepEqual(facts.kubernetes?.apiServers, [`quickstart-${status.uid}-cp-0`]);
    assert.equal(facts.kubernetes?.nodes.length, 4);
    assert.equal(changes, 0);
  });

  it("asks for no more than a machine's question needs", async function () {
    this.timeout(20_000);
    const asked: string[] = [];
    const plane = simulatedPlane(1, {
      wrap: {
        compute: (service) => (call) => {
          asked.push(call.service);
          return service(call);
        },
      },
    });
    const spec = exampleDocument("quickstart");
    const cluster = runningCluster(plane, "quickstart", spec);
    await cluster.write(spec);
    const status = await cluster.status();
    assert.ok(status.accepted !== undefined);
    await plane.clock.advance(600_000);
    asked.length = 0;
    const worker = await lookUp(plane.engine, "quickstart", status.accepted, status, JOIN_KINDS.worker);
    assert.deepEqual([...new Set(asked)], ["Addresses"]);
    assert.ok(joinAnswer(worker, "worker", "a").ready);
    asked.length = 0;
    const next = await lookUp(plane.engine, "quickstart", status.accepted, status, JOIN_KINDS.worker);
    assert.deepEqual(asked, [], "the way in is known from a moment ago");
    assert.ok(joinAnswer(next, "worker", "b").ready);
    const member = JOIN_KINDS["control-plane"];
    const facts = await lookUp(plane.engine, "quickstart", status.accepted, status, member);
    assert.ok(joinAnswer(facts, "control-plane", "a").ready);
  });

  it("knows no way before there are keys and an address", async () => {
    const plane = simulatedPlane();
    await plane.write("quickstart", { spec: exampleDocument("quickstart") });
    const status = await plane.status("quickstart");
    assert.ok(status?.accepted !== undefined);
    const facts = await lookUp(
      plane.engine,
      "nobody",
      { ...status.accepted, name: "nobody" },
      { ...status, uid: "zzzzzz" },
    );
    assert.deepEqual([facts.access, facts.kubernetes], [undefined, undefined]);
  });

  it("looks for the way in afresh once the API has refused what it is known by", async function () {
    this.timeout(20_000);
    const plane = simulatedPlane();
    const spec = exampleDocument("quickstart");
    const cluster = runningCluster(plane, "quickstart", spec);
    await cluster.write(spec);
    const status = await cluster.status();
    const { accepted } = status;
    assert.ok(accepted !== undefined);
    const { engine } = plane;
    const worker = JOIN_KINDS.worker;
    await lookUp(engine, "quickstart", accepted, status, worker);
    const knownWays = () => engine.memory.wayIn(status.uid, plane.clock.nowMs()).size;
    assert.ok(knownWays() > 0);
    const refuses = { request: () => Promise.resolve({ status: 401, body: "" }) };
    const refused = { ...engine, cloud: { ...engine.cloud, kubernetes: refuses } };
    await assert.rejects(lookUp(refused, "quickstart", accepted, status, worker));
    assert.equal(knownWays(), 0);
  });
});
