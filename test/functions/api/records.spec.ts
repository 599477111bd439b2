import assert from "node:assert/strict";
import type { EventRecord, OperationRecord } from "../../../shared/status/cluster-status.ts";
import { quickstart } from "../../support/fake-engine.ts";
import { apiRig, PATH } from "./rig.ts";

describe("functions/api/records", () => {
  it("tells what happened, newest first, by pages", async () => {
    const api = await apiRig();
    for (const metrics of [true, false, true]) {
      await api.call("PUT", PATH, quickstart({ addons: { metrics } }));
      await api.look();
      await api.world.clock.advance(1_000);
    }
    interface Answer {
      readonly events: readonly EventRecord[];
      readonly nextPage?: string;
    }
    const first = (await (await api.call("GET", `${PATH}/events?limit=2`)).json()) as Answer;
    const page = encodeURIComponent(first.nextPage ?? "");
    const rest = (await (await api.call("GET", `${PATH}/events?limit=2&page=${page}`)).json()) as Answer;
    const times = [...first.events, ...rest.events].map((event) => event.atMs);
    assert.equal(first.events.length, 2);
    assert.ok(times.length >= 3);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
  });

  it("tells how far an undertaking is", async () => {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const { operations } = (await (await api.call("GET", `${PATH}/operations`)).json()) as {
      operations: readonly OperationRecord[];
    };
    assert.deepEqual(
      operations.map(({ id, type, result }) => ({ id, type, result })),
      [{ id: "create-1", type: "create", result: "running" }],
    );
  });

  it("has nothing to tell of a cluster that is not there", async () => {
    const api = await apiRig();
    assert.deepEqual(await (await api.call("GET", `${PATH}/events`)).json(), { events: [] });
  });
});
