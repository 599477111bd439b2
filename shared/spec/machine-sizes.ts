/**
 * The predefined machine types of families whose list is settled, so that a slip is told before the cloud has to: by class,
 * how many processors they come with. Source: https://cloud.google.com/compute/docs/machine-resource
 * Newer families still get sizes, and what is in which zone only the cloud knows: there its own answer counts.
 */
type Sizes = Readonly<Record<string, readonly number[]>>;

const POWERS = [2, 4, 8, 16, 32] as const;
const N2 = [...POWERS, 48, 64, 80, 96] as const;
const C2D = [...POWERS, 56, 112] as const;
const C3 = [4, 8, 22, 44, 88, 176, 192] as const;
const C3D = [4, 8, 16, 30, 60, 90, 180, 360] as const;

const SETTLED: Readonly<Record<string, Sizes>> = {
  c2: { standard: [4, 8, 16, 30, 60] },
  c2d: { standard: C2D, highmem: C2D, highcpu: C2D },
  c3: { standard: C3, highmem: C3, highcpu: C3 },
  c3d: { standard: C3D, highmem: C3D, highcpu: C3D },
  e2: { standard: POWERS, highmem: [2, 4, 8, 16], highcpu: POWERS },
  g2: { standard: [4, 8, 12, 16, 24, 32, 48, 96] },
  n1: {
    standard: [1, ...POWERS, 64, 96],
    highmem: [...POWERS, 64, 96],
    highcpu: [...POWERS, 64, 96],
    megamem: [96],
    ultramem: [40, 80, 160],
  },
  n2: { standard: [...N2, 128], highmem: [...N2, 128], highcpu: N2 },
  n2d: { standard: [...N2, 128, 224], highmem: N2, highcpu: [...N2, 128, 224] },
  t2d: { standard: [1, ...POWERS, 48, 60] },
};
/** Families that take sizes of one's own: `n2-custom-4-8192`. */
const CUSTOM: readonly string[] = ["e2", "g2", "n1", "n2", "n2d"];
/** Parts of a processor. */
const SHARED: readonly string[] = ["e2-micro", "e2-small", "e2-medium"];

/** How to write it right, when it is no type of its family; nothing when it may be one. */
export function remedyForType(machineType: string): string | undefined {
  const [family = "", group = "", size = ""] = machineType.split("-");
  const sizes = Object.hasOwn(SETTLED, family) ? SETTLED[family] : undefined;
  if (sizes === undefined || SHARED.includes(machineType)) return undefined;
  const isCustom = CUSTOM.includes(family);
  if (isCustom && group === "custom") return undefined;
  const counts = Object.hasOwn(sizes, group) ? sizes[group] : undefined;
  if (counts === undefined) {
    const groups = [...Object.keys(sizes), ...(isCustom ? ["custom"] : [])];
    return `use ${orList(groups.map((name) => `${family}-${name}`))}, each with its number of processors`;
  }
  if (/^\d+$/.test(size) && counts.includes(Number(size))) return undefined;
  return `${family}-${group} comes with ${orList(counts.map(String))} processors`;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
