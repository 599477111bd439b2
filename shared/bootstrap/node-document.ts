/** node.json: the facts of a machine, where the boot script finds everything that came from the spec. */
import type { MachineInput } from "./machine-input.ts";
import { OPERATING_SYSTEMS } from "./operating-systems.ts";
import { minorOf, type PackageFacts, packageFacts } from "./package-sources.ts";

export interface NodeDocument extends Omit<MachineInput, "taints"> {
  readonly version: 1;
  readonly kubernetesMinor: string;
  readonly apiServerEndpoint: string;
  readonly binDirectory: string;
  readonly packages: PackageFacts;
  readonly taints: MachineInput["taints"];
}

/** The same value with object keys in order, so that equal inputs give equal bytes. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return Object.fromEntries(entries.map(([key, entry]) => [key, ordered(entry)]));
}

/** JSON for files: keys in order, two spaces, a newline at the end. */
export const jsonFile = (value: unknown): string => `${JSON.stringify(ordered(value), null, 2)}\n`;

export function nodeDocument(input: MachineInput): NodeDocument {
  return {
    ...input,
    version: 1,
    kubernetesMinor: minorOf(input.kubernetesVersion),
    apiServerEndpoint: `${input.api.internalAddress}:${input.api.port}`,
    binDirectory: OPERATING_SYSTEMS[input.os].binDirectory,
    packages: packageFacts(input),
  };
}
