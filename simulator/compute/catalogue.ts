/** What Google offers in this world: regions, zones, machine, disk and accelerator types. */

export interface MachineType {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly architecture: "X86_64" | "ARM64";
  readonly shared: boolean;
}
export interface DiskType {
  readonly name: string;
  readonly leastGb: number;
  readonly mostGb: number;
  readonly defaultGb: number;
  readonly ssd: boolean;
}
export interface Catalogue {
  readonly regions: readonly string[];
  readonly zones: readonly string[];
  zonesOf(region: string): readonly string[];
  machineType(name: string): MachineType | undefined;
  readonly machineTypes: readonly MachineType[];
  readonly diskTypes: readonly DiskType[];
  diskType(name: string): DiskType | undefined;
  readonly acceleratorTypes: readonly {
    readonly name: string;
    readonly most: number;
    readonly text: string;
  }[];
}

/** Zone letters by region. Source: https://cloud.google.com/compute/docs/regions-zones */
const ZONES: Readonly<Record<string, string>> = {
  "asia-east1": "abc",
  "asia-northeast1": "abc",
  "asia-south1": "abc",
  "asia-southeast1": "abc",
  "australia-southeast1": "abc",
  "europe-north1": "abc",
  "europe-west1": "bcd",
  "europe-west2": "abc",
  "europe-west3": "abc",
  "europe-west4": "abc",
  "europe-west9": "abc",
  "northamerica-northeast1": "abc",
  "southamerica-east1": "abc",
  "us-central1": "abcf",
  "us-east1": "bcd",
  "us-east4": "abc",
  "us-west1": "abc",
  "us-west2": "abc",
};
const GB_MB = 1_024;
/** GB a processor by shape, and sizes by family. Source: https://cloud.google.com/compute/docs/machine-resource */
const FAMILIES: Readonly<
  Record<
    string,
    { readonly sizes: readonly number[]; readonly gb: Readonly<Record<string, number>>; readonly arm?: true }
  >
> = {
  e2: { sizes: [2, 4, 8, 16, 32], gb: { standard: 4, highmem: 8, highcpu: 1 } },
  n1: { sizes: [1, 2, 4, 8, 16, 32, 64, 96], gb: { standard: 3.75, highmem: 6.5, highcpu: 0.9 } },
  n2: { sizes: [2, 4, 8, 16, 32, 48, 64, 80, 96, 128], gb: { standard: 4, highmem: 8, highcpu: 1 } },
  n2d: { sizes: [2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224], gb: { standard: 4, highmem: 8, highcpu: 1 } },
  n4: { sizes: [2, 4, 8, 16, 32, 48, 64, 80], gb: { standard: 4, highmem: 8, highcpu: 2 } },
  c2: { sizes: [4, 8, 16, 30, 60], gb: { standard: 4 } },
  c2d: { sizes: [2, 4, 8, 16, 32, 56, 112], gb: { standard: 4, highmem: 8, highcpu: 2 } },
  c3: { sizes: [4, 8, 22, 44, 88, 176], gb: { standard: 4, highmem: 8, highcpu: 2 } },
  c3d: { sizes: [4, 8, 16, 30, 60, 90, 180, 360], gb: { standard: 4, highmem: 8, highcpu: 2 } },
  c4: { sizes: [2, 4, 8, 16, 32, 48, 96, 192], gb: { standard: 3.75, highmem: 7.75, highcpu: 2 } },
  c4a: { sizes: [1, 2, 4, 8, 16, 32, 48, 64, 72], gb: { standard: 4, highmem: 8, highcpu: 2 }, arm: true },
  t2a: { sizes: [1, 2, 4, 8, 16, 32, 48], gb: { standard: 4 }, arm: true },
  t2d: { sizes: [1, 2, 4, 8, 16, 32, 48, 60], gb: { standard: 4 } },
  g2: { sizes: [4, 8, 12, 16, 24, 32, 48, 96], gb: { standard: 4 } },
};
const SINGLE: readonly MachineType[] = [
  { name: "e2-micro", cpus: 2, memoryMb: 1_024, architecture: "X86_64", shared: true },
  { name: "e2-small", cpus: 2, memoryMb: 2_048, architecture: "X86_64", shared: true },
  { name: "e2-medium", cpus: 2, memoryMb: 4_096, architecture: "X86_64", shared: true },
  { name: "f1-micro", cpus: 1, memoryMb: 614, architecture: "X86_64", shared: true },
  { name: "g1-small", cpus: 1, memoryMb: 1_740, architecture: "X86_64", shared: true },
  { name: "a2-highgpu-1g", cpus: 12, memoryMb: 87_040, architecture: "X86_64", shared: false },
  { name: "a2-highgpu-2g", cpus: 24, memoryMb: 174_080, architecture: "X86_64", shared: false },
  { name: "a2-highgpu-4g", cpus: 48, memoryMb: 348_160, architecture: "X86_64", shared: false },
  { name: "a2-highgpu-8g", cpus: 96, memoryMb: 696_320, architecture: "X86_64", shared: false },
  { name: "a3-highgpu-8g", cpus: 208, memoryMb: 1_916_928, architecture: "X86_64", shared: false },
];
/** Sizes in GB. Source: https://cloud.google.com/compute/docs/disks */
const DISK_TYPES: readonly DiskType[] = [
  { name: "hyperdisk-balanced", leastGb: 4, mostGb: 65_536, defaultGb: 100, ssd: false },
  { name: "local-ssd", leastGb: 375, mostGb: 375, defaultGb: 375, ssd: true },
  { name: "pd-balanced", leastGb: 10, mostGb: 65_536, defaultGb: 100, ssd: true },
  { name: "pd-extreme", leastGb: 500, mostGb: 65_536, defaultGb: 1_000, ssd: true },
  { name: "pd-ssd", leastGb: 10, mostGb: 65_536, defaultGb: 100, ssd: true },
  { name: "pd-standard", leastGb: 10, mostGb: 65_536, defaultGb: 500, ssd: false },
];
const ACCELERATORS = [
  { name: "nvidia-a100-80gb", most: 8, text: "NVIDIA A100 80GB" },
  { name: "nvidia-h100-80gb", most: 8, text: "NVIDIA H100 80GB" },
  { name: "nvidia-l4", most: 8, text: "NVIDIA L4" },
  { name: "nvidia-tesla-a100", most: 16, text: "NVIDIA A100 40GB" },
  { name: "nvidia-tesla-t4", most: 4, text: "NVIDIA T4" },
  { name: "nvidia-tesla-v100", most: 8, text: "NVIDIA V100" },
];

function predefined(): MachineType[] {
  const made = Object.entries(FAMILIES).flatMap(([family, { sizes, gb, arm }]) =>
    Object.entries(gb).flatMap(([shape, perCpu]) =>
      sizes.map(
        (cpus): MachineType => ({
          name: `${family}-${shape}-${cpus}`,
          cpus,
          memoryMb: Math.round(cpus * perCpu * GB_MB),
          architecture: arm === true ? "ARM64" : "X86_64",
          shared: false,
        }),
      ),
    ),
  );
  return [...made, ...SINGLE].sort((left, right) => (left.name < right.name ? -1 : 1));
}
/** `e2-custom-4-8192`: processors and MB. */
function custom(name: string): MachineType | undefined {
  const match = /^(?:(?:e2|n1|n2|n2d|n4)-)?custom-(\d{1,3})-(\d{3,6})(?:-ext)?$/.exec(name);
  if (match === null) return undefined;
  return { name, cpus: Number(match[1]), memoryMb: Number(match[2]), architecture: "X86_64", shared: false };
}

export function createCatalogue(): Catalogue {
  const regions = Object.keys(ZONES).sort();
  const zonesOf = (region: string) => [...(ZONES[region] ?? "")].map((letter) => `${region}-${letter}`);
  const machineTypes = predefined();
  const byName = new Map(machineTypes.map((type) => [type.name, type]));
  return {
    regions,
    zones: regions.flatMap(zonesOf),
    zonesOf,
    machineTypes,
    machineType: (name) => byName.get(name) ?? custom(name),
    diskTypes: DISK_TYPES,
    diskType: (name) => DISK_TYPES.find((type) => type.name === name),
    acceleratorTypes: ACCELERATORS,
  };
}
