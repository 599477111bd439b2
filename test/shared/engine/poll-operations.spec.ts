/** Which operations are asked after. */
import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import { startDeadline } from "../../../shared/engine/deadline.ts";
import { pollOperations } from "../../../shared/engine/poll-operations.ts";
import type { Compute } from "../../../shared/ports/compute.ts";
import { fakeWorld } from "../../support/fake-engine.ts";

describe("engine/poll-operations", () => {
  it("asks after no change of a group that cannot have ended, and keeps it under way", async () => {
    const { engine: bare, clock } = fakeWorld([]);
    const asked: string[][] = [];
    const operations = async (_project: string, paths: readonly string[]) => {
      asked.push([...paths]);
      return paths.map((path) => ({ name: "o", selfLink: `https://x/${path}`, status: "DONE" as const }));
    };
    const engine = { ...bare, cloud: { ...bare.cloud, compute: { operations } as unknown as Compute } };
    const flight = (key: string, verb: string) => ({
      key,
      kind: "k",
      verb,
      operation: `projects/p/global/operations/${key}`,
      startedMs: clock.nowMs(),
      reason: "r",
    });
    const inFlight = [flight("group", "instanceGroupManagers.resize"), flight("disk", "delete")];
    const work = { status: { ...newStatus(engine.chance), inFlight }, lines: [] };
    const deadline = startDeadline(clock, 60_000);
    const after = await pollOperations(engine, work, deadline);
    assert.deepEqual(asked, [["projects/p/global/operations/disk"]]);
    assert.deepEqual(
      after.status.inFlight.map(({ key }) => key),
      ["group"],
    );
    assert.equal(await pollOperations(engine, after, deadline), after);
    await clock.advance(3_000);
    assert.deepEqual((await pollOperations(engine, after, deadline)).status.inFlight, []);
    assert.equal(asked.length, 2);
    deadline.end();
  });
});
