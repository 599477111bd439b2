/**
 * Where a measurement's CPU went: V8's sampling profiler says in whose code each sample was, the operating system how much
 * CPU the process used; the one shares out the other.
 */
import { Session } from "node:inspector/promises";

/** Microseconds. At one sample a millisecond the profiler costs a few per cent. */
const SAMPLING_INTERVAL_US = 1_000;

export type Part = "control plane" | "store" | "simulator" | "bench" | "runtime";
const FOLDERS: readonly (readonly [RegExp, Part])[] = [
  [/\/shared\/adapters\/embedded\//, "store"],
  [/\/simulator\//, "simulator"],
  [/\/(shared|functions)\//, "control plane"],
  [/\/(bench|simulation|test)\//, "bench"],
];

export interface CpuSplit {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** Of the thread that runs the code; the rest is V8's compiler and garbage collector, and key generation. */
  readonly mainThreadMs: number;
  /** The main thread's time by whose code ran; "runtime" is what no code of ours had called. */
  readonly byPart: Readonly<Record<Part, number>>;
}

export async function measureCpu(run: () => Promise<void>): Promise<CpuSplit> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_INTERVAL_US });
  await session.post("Profiler.start");
  const startMs = performance.now();
  const all = process.cpuUsage();
  const main = process.threadCpuUsage();
  await run();
  const mainUsed = process.threadCpuUsage(main);
  const allUsed = process.cpuUsage(all);
  const wallMs = performance.now() - startMs;
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const mainThreadMs = (mainUsed.user + mainUsed.system) / 1_000;
  const shares = sharesOf(profile);
  const byPart = Object.fromEntries(
    Object.entries(shares).map(([part, share]) => [part, share * mainThreadMs]),
  ) as Record<Part, number>;
  return { wallMs, cpuMs: (allUsed.user + allUsed.system) / 1_000, mainThreadMs, byPart };
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[] | undefined;
}
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

/** Parts of one, idle time left out. Pure. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profile): Record<Part, number> {
  const owners = ownersOf(nodes);
  const times: Record<Part, number> = {
    "control plane": 0,
    store: 0,
    simulator: 0,
    bench: 0,
    runtime: 0,
  };
  let last: Part = "runtime";
  for (const [index, sample] of samples.entries()) {
    const owner = owners.get(sample);
    if (owner === "idle") continue;
    // The collector and the runtime's own work stand outside of any stack: whoever ran before caused them.
    const part: Part = owner ?? last;
    times[part] += timeDeltas[index] ?? 0;
    last = part;
  }
  const total = Object.values(times).reduce((sum, time) => sum + time, 0);
  return Object.fromEntries(
    Object.entries(times).map(([part, time]) => [part, total === 0 ? 0 : time / total]),
  ) as Record<Part, number>;
}

/** By node: the folder of the innermost frame that is ours; nothing for the collector and its like. */
function ownersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, Part | "idle" | undefined> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owners = new Map<number, Part | "idle" | undefined>();
  const walk = (node: ProfileNode, above: Part | undefined): void => {
    const { functionName, url } = node.callFrame;
    const own = FOLDERS.find(([pattern]) => !url.includes("/node_modules/") && pattern.test(url))?.[1];
    const owner = own ?? above;
    owners.set(node.id, functionName === "(idle)" ? "idle" : (owner ?? outside(functionName)));
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) walk(child, owner);
    }
  };
  const [root] = nodes;
  if (root !== undefined) walk(root, undefined);
  return owners;
}

function outside(functionName: string): Part | undefined {
  return functionName.startsWith("(") ? undefined : "runtime";
}
