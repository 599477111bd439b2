/** Whether memory stays flat while one process handles many events for clusters at rest. */
import type { Figure, Scale } from "../figure.ts";
import { ANCHOR_DELAYS, clusterNames, createFleet, UNLIMITED } from "../fleet.ts";
import { memoryNow } from "../memory.ts";

const EVENTS: Readonly<Record<Scale, number>> = { quick: 20, default: 10_000, full: 100_000 };
const CLUSTERS = 5;
/** Events before the first look, in which V8 compiles and caches fill. */
const WARMING_SHARE = 0.2;
const GROWTH_MAX = 5;

export const steadyMemory: Figure = {
  name: "steady-memory",
  title: "Memory over many events in one process, flags as deployed (simulator and store included)",
  asDeployed: true,
  measure: async (scale) => {
    const events = EVENTS[scale];
    const names = clusterNames(CLUSTERS);
    const { during, plane, create } = createFleet({ ...ANCHOR_DELAYS, rates: UNLIMITED });
    await create(names);
    const handle = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done++)
        await during(plane.pass(names[done % CLUSTERS] ?? "c0", "event"));
    };
    await handle(Math.ceil(events * WARMING_SHARE));
    const before = memoryNow();
    await handle(events);
    const after = memoryNow();
    const growth = (part: "rssMb" | "heapMb") => (after[part] / before[part] - 1) * 100;
    const size = `${events} events`;
    return [
      { figure: "growth of RSS", value: growth("rssMb"), unit: "%", size, goal: { atMost: GROWTH_MAX } },
      { figure: "growth of the heap in use", value: growth("heapMb"), unit: "%", size },
      { figure: "RSS at the end", value: after.rssMb, unit: "MB", size },
    ];
  },
};
