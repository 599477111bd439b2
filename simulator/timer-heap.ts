/**
 * Timers in the order they fall due: a binary heap, so that thousands of clusters cost no more than they must. One that is
 * taken back leaves at once: what it would have run may hold a whole pass in memory.
 */
export interface Timer {
  readonly atMs: number;
  /** Settles which of two timers at the same time comes first. */
  readonly order: number;
  readonly run: () => void;
}

export interface TimerHeap {
  /** The answer takes the timer back; harmless when it was taken. */
  add(timer: Timer): () => void;
  peek(): Timer | undefined;
  /** Removes the first one that is due at or before `untilMs`. */
  take(untilMs: number): Timer | undefined;
  size(): number;
}

interface Entry {
  /** Nothing once it has left: whoever keeps the way to take it back keeps no more than this. */
  timer: Timer | undefined;
  readonly atMs: number;
  readonly order: number;
  /** Where it is in the heap. */
  index: number;
}

export function createTimerHeap(): TimerHeap {
  const heap: Entry[] = [];
  const remove = (entry: Entry): Timer | undefined => {
    const { timer } = entry;
    if (timer === undefined) return undefined;
    entry.timer = undefined;
    const last = heap.pop();
    if (last !== undefined && last !== entry) {
      put(heap, last, entry.index);
      siftUp(heap, last);
      siftDown(heap, last);
    }
    return timer;
  };
  return {
    add: (timer) => {
      const { atMs, order } = timer;
      const entry: Entry = { timer, atMs, order, index: heap.length };
      heap.push(entry);
      siftUp(heap, entry);
      return () => {
        remove(entry);
      };
    },
    peek: () => heap[0]?.timer,
    take: (untilMs) => {
      const [first] = heap;
      return first === undefined || first.atMs > untilMs ? undefined : remove(first);
    },
    size: () => heap.length,
  };
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function put(heap: Entry[], entry: Entry, index: number): void {
  heap[index] = entry;
  entry.index = index;
}

function siftUp(heap: Entry[], entry: Entry): void {
  while (entry.index > 0) {
    const parent = heap[(entry.index - 1) >> 1];
    if (parent === undefined || !before(entry, parent)) return;
    swap(heap, entry, parent);
  }
}

function siftDown(heap: Entry[], entry: Entry): void {
  for (;;) {
    const child = firstChild(heap, entry.index);
    if (child === undefined || !before(child, entry)) return;
    swap(heap, entry, child);
  }
}

function firstChild(heap: readonly Entry[], parent: number): Entry | undefined {
  const left = 2 * parent + 1;
  const [a, b] = [heap[left], heap[left + 1]];
  if (a === undefined) return undefined;
  return b !== undefined && before(b, a) ? b : a;
}

function swap(heap: Entry[], a: Entry, b: Entry): void {
  const { index } = a;
  put(heap, a, b.index);
  put(heap, b, index);
}
