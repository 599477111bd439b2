/** Timers in the order they fall due: a binary heap, so that thousands of clusters cost no more than they must. */
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

export function createTimerHeap(): TimerHeap {
  const heap: Timer[] = [];
  const live = new Set<Timer>();
  const dropCancelled = () => {
    while (heap[0] !== undefined && !live.has(heap[0])) removeFirst(heap);
  };
  const peek = () => {
    dropCancelled();
    return heap[0];
  };
  return {
    add: (timer) => {
      live.add(timer);
      heap.push(timer);
      siftUp(heap, heap.length - 1);
      return () => {
        live.delete(timer);
      };
    },
    peek,
    take: (untilMs) => {
      const first = peek();
      if (first === undefined || first.atMs > untilMs) return undefined;
      removeFirst(heap);
      live.delete(first);
      return first;
    },
    size: () => live.size,
  };
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function removeFirst(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  siftDown(heap, 0);
}

function siftUp(heap: Timer[], start: number): void {
  for (let child = start; child > 0; ) {
    const parent = (child - 1) >> 1;
    if (!swapIfBefore(heap, child, parent)) return;
    child = parent;
  }
}

function siftDown(heap: Timer[], start: number): void {
  for (let parent = start; ; ) {
    const child = firstChild(heap, parent);
    if (child === undefined || !swapIfBefore(heap, child, parent)) return;
    parent = child;
  }
}

function firstChild(heap: readonly Timer[], parent: number): number | undefined {
  const left = 2 * parent + 1;
  const [a, b] = [heap[left], heap[left + 1]];
  if (a === undefined) return undefined;
  return b !== undefined && before(b, a) ? left + 1 : left;
}

function swapIfBefore(heap: Timer[], child: number, parent: number): boolean {
  const [lower, upper] = [heap[child], heap[parent]];
  if (lower === undefined || upper === undefined || !before(lower, upper)) return false;
  heap[child] = upper;
  heap[parent] = lower;
  return true;
}
