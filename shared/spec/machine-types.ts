/** What Compute Engine's machine families can do. Source: https://cloud.google.com/compute/docs/machine-resource */
export interface MachineFamily {
  readonly architecture: "x86" | "arm";
  /** Which kinds of disk can boot it. */
  readonly disks: "persistent" | "hyperdisk" | "both";
  /** GPUs that can be attached to it, or that come with it. */
  readonly accelerators: readonly string[];
}
const x86 = (disks: MachineFamily["disks"], accelerators: readonly string[] = []): MachineFamily => ({
  architecture: "x86",
  disks,
  accelerators,
});
const arm = (disks: MachineFamily["disks"]): MachineFamily => ({
  architecture: "arm",
  disks,
  accelerators: [],
});

const FAMILIES: Readonly<Record<string, MachineFamily>> = {
  a2: x86("persistent", ["nvidia-tesla-a100", "nvidia-a100-80gb"]),
  a3: x86("both", ["nvidia-h100-80gb", "nvidia-h100-mega-80gb", "nvidia-h200-141gb"]),
  a4: x86("hyperdisk", ["nvidia-b200"]),
  c2: x86("persistent"),
  c2d: x86("persistent"),
  c3: x86("both"),
  c3d: x86("both"),
  c4: x86("hyperdisk"),
  c4a: arm("hyperdisk"),
  c4d: x86("hyperdisk"),
  e2: x86("persistent"),
  f1: x86("persistent"),
  g1: x86("persistent"),
  g2: x86("both", ["nvidia-l4"]),
  g4: x86("hyperdisk", ["nvidia-rtx-pro-6000"]),
  h3: x86("both"),
  h4d: x86("hyperdisk"),
  m1: x86("both"),
  m2: x86("both"),
  m3: x86("both"),
  m4: x86("hyperdisk"),
  n1: x86("persistent", ["nvidia-tesla-t4", "nvidia-tesla-p4", "nvidia-tesla-v100", "nvidia-tesla-p100"]),
  n2: x86("persistent"),
  n2d: x86("persistent"),
  n4: x86("hyperdisk"),
  n4a: arm("hyperdisk"),
  n4d: x86("hyperdisk"),
  t2a: arm("persistent"),
  t2d: x86("persistent"),
  x4: x86("hyperdisk"),
  z3: x86("both"),
};
export const FAMILY_NAMES: readonly string[] = Object.keys(FAMILIES);

/** `e2-standard-4` → `e2`. */
export function familyName(machineType: string): string {
  return machineType.split("-", 1)[0] ?? "";
}
export function familyOf(machineType: string): MachineFamily | undefined {
  const name = familyName(machineType);
  return Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
}
/** kubeadm wants two processors and 1.7 GB of memory. */
export const TOO_SMALL: readonly string[] = ["e2-micro", "f1-micro", "g1-small"];
