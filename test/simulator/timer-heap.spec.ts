import assert from "node:assert/strict";
import fc from "fast-check";
import { createTimerHeap } from "../../simulator/timer-heap.ts";

type Step = { readonly add: number } | { readonly cancel: number } | { readonly takeUntil: number };
const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.nat(20) }),
    fc.record({ cancel: fc.nat(30) }),
    fc.record({ takeUntil: fc.nat(20) }),
  ),
  { maxLength: 120 },
);

describe("the timer heap", () => {
  it("gives what is due first, in the order of adding, whatever was taken back in between", () => {
    fc.assert(
      fc.property(steps, (all: readonly Step[]) => {
        const heap = createTimerHeap();
        let left: { atMs: number; order: number }[] = [];
        const cancels: { order: number; cancel: () => void }[] = [];
        for (const [order, step] of all.entries()) {
          if ("add" in step) {
            cancels.push({ order, cancel: heap.add({ atMs: step.add, order, run: () => {} }) });
            left.push({ atMs: step.add, order });
          } else if ("cancel" in step) {
            const chosen = cancels[step.cancel % Math.max(1, cancels.length)];
            chosen?.cancel();
            left = left.filter((timer) => timer.order !== chosen?.order);
          } else {
            const [due] = left
              .filter(({ atMs }) => atMs <= step.takeUntil)
              .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
            assert.equal(heap.take(step.takeUntil)?.order, due?.order);
            left = left.filter((timer) => timer !== due);
          }
          assert.equal(heap.size(), left.length);
        }
      }),
    );
  });

  it("lets go at once of what a timer that was taken back would have run", () => {
    const heap = createTimerHeap();
    const cancels = Array.from({ length: 1_000 }, (_, order) =>
      heap.add({ atMs: 1_000_000, order, run: () => {} }),
    );
    for (const cancel of cancels.slice(1)) cancel();
    assert.equal(heap.size(), 1);
    assert.equal(heap.peek()?.order, 0);
  });
});
