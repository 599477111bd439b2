/** Lists that clusters share: everybody gets what they asked for, seen after they asked; few calls when calls are scarce. */
import assert from "node:assert/strict";
import { shareReads } from "../../../shared/adapters/shared-reads.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { CloudError } from "../../../shared/ports/cloud-error.ts";
import type { Compute, ComputeKind, ListRequest } from "../../../shared/ports/compute.ts";
import { createVirtualClock } from "../../../simulator/clock.ts";

const MINUTE_MS = 60_000;

function shared() {
  const clock = createVirtualClock(0);
  const asked: ListRequest<ComputeKind>[] = [];
  const polled: string[][] = [];
  const world = new Set<string>();
  let failing: Error | undefined;
  const compute = {
    list: async (request: ListRequest<ComputeKind>) => {
      asked.push(request);
      if (failing !== undefined) throw failing;
      return [...world].map((name) => ({ name }));
    },
    operations: async (_project: string, paths: readonly string[]) => {
      polled.push([...paths]);
      return paths.map((path) => ({ name: path, selfLink: `https://x/${path}`, status: "DONE" }));
    },
  } as unknown as Compute;
  const reads = shareReads(compute, clock);
  const namesOf = async (prefix: string) =>
    (await reads.list({ kind: "disks", project: "p", scope: "everywhere", namePrefixes: [prefix] })).map(
      ({ name }) => name,
    );
  const fail = (error?: Error): void => {
    failing = error;
  };
  return { clock, asked, polled, world, reads, namesOf, fail };
}

describe("adapters/shared-reads", () => {
  it("gives each cluster its own of a list that others share, and one list for all who ask at once", async () => {
    const { world, namesOf, asked } = shared();
    for (const name of ["a-1", "a-2", "b-1", "ab-1"]) world.add(name);
    const [a, b, none] = await Promise.all([namesOf("a-"), namesOf("b-"), namesOf("c-")]);
    assert.deepEqual([a, b, none], [["a-1", "a-2"], ["b-1"], []]);
    assert.deepEqual(
      asked.map(({ namePrefixes }) => namePrefixes),
      [["a-", "b-", "c-"]],
    );
  });

  it("lets nobody wait while calls are plenty", async () => {
    const { namesOf, asked } = shared();
    for (let look = 0; look < 10; look++) await namesOf("a-");
    assert.equal(asked.length, 10, "no time has gone by");
  });

  it("shows what came between the asking and the list, and never what was before the asking alone", async () => {
    const { clock, world, namesOf } = shared();
    await exhaust(namesOf);
    const early = namesOf("a-");
    world.add("a-1");
    const late = namesOf("a-");
    await clock.advance(MINUTE_MS);
    assert.deepEqual([await early, await late], [["a-1"], ["a-1"]]);
  });

  it("waits no longer than for the next list's turn when the clock was put back", async () => {
    const waits: number[] = [];
    let nowMs = 3_600_000;
    const clock: Clock = {
      nowMs: () => nowMs,
      after: (delayMs, run) => {
        waits.push(delayMs);
        run();
        return () => {};
      },
    };
    const compute = { list: async () => [] } as unknown as Compute;
    const reads = shareReads(compute, clock);
    const request = { kind: "disks", project: "p", scope: "everywhere", namePrefixes: ["a-"] } as const;
    for (let look = 0; look < 80; look++) await reads.list(request);
    nowMs = 0;
    await reads.list(request);
    assert.ok(Math.max(...waits) <= 1_500, `waited ${Math.max(...waits)} ms`);
  });

  it("stays below a minute's calls, however many ask", async () => {
    const { clock, namesOf, asked } = shared();
    const looks = new Set<Promise<unknown>>();
    for (let second = 0; second < 300; second++) {
      for (let cluster = 0; cluster < 40; cluster++) looks.add(namesOf(`c${cluster}-`));
      await clock.advance(1_000);
      if (second % 60 === 59) {
        assert.ok(asked.length <= 750, `${asked.length} aggregated lists in a minute`);
        asked.length = 0;
      }
    }
    await clock.advance(MINUTE_MS);
    await Promise.all(looks);
  });

  it("tells everybody who shared a list that it failed, and asks again for the next", async () => {
    const { namesOf, fail, world } = shared();
    fail(new CloudError("unavailable", "no answer"));
    const both = await Promise.allSettled([namesOf("a-"), namesOf("b-")]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    fail();
    world.add("a-1");
    assert.deepEqual(await namesOf("a-"), ["a-1"]);
  });

  it("asks after the operations of several clusters at once, and tells each of its own", async () => {
    const { reads, polled } = shared();
    const path = (name: string) => `projects/p/global/operations/${name}`;
    const [one, two] = await Promise.all([
      reads.operations("p", [path("1"), path("2")]),
      reads.operations("p", [path("2"), path("3")]),
    ]);
    assert.deepEqual(polled, [["1", "2", "3"].map(path)]);
    assert.deepEqual(
      [one, two].map((found) => found.map(({ name }) => name)),
      [["1", "2"].map(path), ["2", "3"].map(path)],
    );
  });

  it("does not mix projects, scopes and kinds", async () => {
    const { reads, asked } = shared();
    const request = { kind: "disks", project: "p", scope: "everywhere", namePrefixes: ["a-"] } as const;
    await Promise.all([
      reads.list(request),
      reads.list({ ...request, project: "q" }),
      reads.list({ ...request, scope: "zones/z" }),
      reads.list({ ...request, kind: "addresses" }),
    ]);
    assert.equal(asked.length, 4);
  });

  /** Until less than half of the burst of 150 is left. */
  async function exhaust(namesOf: (prefix: string) => Promise<unknown>): Promise<void> {
    for (let look = 0; look < 76; look++) await namesOf("x-");
  }
});
