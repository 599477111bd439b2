import assert from "node:assert/strict";
import type { Firestore } from "@google-cloud/firestore";
import { watchFirestore } from "../../../../shared/adapters/google/firestore-watch.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock } from "../../../../simulator/clock.ts";

interface Stream {
  readonly next: (snapshot: { readonly exists: boolean }) => void;
  readonly fail: (error: Error) => void;
  stopped: boolean;
}

/** As much of a database as a watch of one document uses. */
function fakeDatabase(streams: Stream[]): Firestore {
  const onSnapshot = (next: Stream["next"], fail: Stream["fail"]) => {
    const stream = { next, fail, stopped: false };
    streams.push(stream);
    return () => {
      stream.stopped = true;
    };
  };
  return { doc: () => ({ onSnapshot }) } as unknown as Firestore;
}

describe("a watch of Firestore", () => {
  const setUp = (listener: (changed: readonly string[]) => void) => {
    const streams: Stream[] = [];
    const logged: string[] = [];
    const clock = createVirtualClock(Date.UTC(2026, 0, 1));
    const stop = watchFirestore(fakeDatabase(streams), "clusters/a", listener, {
      clock,
      chance: createSeededChance(41),
      log: (level, message) => logged.push(`${level}: ${message}`),
    });
    return { streams, logged, clock, stop };
  };

  it("is opened again, after a while, when its stream broke, and tells what there is", async () => {
    const seen: string[][] = [];
    const { streams, logged, clock } = setUp((changed) => seen.push([...changed]));
    streams[0]?.fail(new Error("broken"));
    assert.equal(streams.length, 1);
    await clock.advance(60_000);
    assert.equal(streams.length, 2);
    streams[1]?.next({ exists: true });
    assert.deepEqual(seen, [["clusters/a"]]);
    assert.deepEqual(logged, ["warning: a watch of documents broke, opening it again"]);
  });

  it("is not opened again, and calls nobody, when it was ended", async () => {
    const seen: string[][] = [];
    const { streams, clock, stop } = setUp((changed) => seen.push([...changed]));
    streams[0]?.fail(new Error("broken"));
    stop();
    await clock.advance(60_000);
    assert.equal(streams.length, 1);
    const other = setUp((changed) => seen.push([...changed]));
    other.stop();
    assert.equal(other.streams[0]?.stopped, true);
    other.streams[0]?.next({ exists: true });
    other.streams[0]?.fail(new Error("too late"));
    await other.clock.advance(60_000);
    assert.equal(other.streams.length, 1);
    assert.deepEqual(seen, []);
  });

  it("outlives a listener that throws", () => {
    let calls = 0;
    const { streams, logged } = setUp(() => {
      calls += 1;
      throw new Error("a listener's own");
    });
    streams[0]?.next({ exists: true });
    streams[0]?.next({ exists: true });
    assert.equal(calls, 2);
    assert.deepEqual(logged, Array(2).fill("error: a listener of documents threw"));
  });
});
