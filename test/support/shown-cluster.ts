/** A cluster as the API shows it, for golden texts of what people read. */
import { stripVTControlCharacters } from "node:util";
import type { ClusterView } from "../../cli/api-client.ts";

export const NOW_MS = Date.parse("2026-11-01T12:00:00Z");
export const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1_000).toISOString();

export type Status = NonNullable<ClusterView["status"]>;
export type Condition = Status["conditions"][number];

export function condition(type: Condition["type"], message = "", reason = "Waiting"): Condition {
  const common = { type, lastTransitionTime: ago(60), observedGeneration: 1 };
  if (message === "") return { ...common, status: "True", reason: "AsDeclared", message };
  return { ...common, status: "False", reason, message };
}
export function line(kind: string, observed: number, desired: number, settled = observed === desired) {
  return { kind, observed, desired, settled };
}

export function cluster(changes: Partial<Status> = {}): ClusterView {
  const status: Status = {
    uid: "ab12cd",
    phase: "Provisioning",
    conditions: [
      condition("SpecAccepted"),
      condition("NetworkReady"),
      condition("ControlPlaneReady", "missing: the probe; missing: the machine; and 2 more."),
      condition("NodesReady", "Waiting for the Kubernetes API."),
    ],
    generation: 1,
    readyGeneration: 0,
    deleting: false,
    inventory: [
      line("networks", 1, 1),
      line("firewalls", 9, 9),
      line("addresses", 2, 2, false),
      line("control-plane", 0, 1),
      line("machine-groups", 0, 2),
      line("nodes", 0, 3),
      line("node-care", 0, 2, false),
    ],
    nodes: { desired: 4, ready: 1, total: 1 },
    failures: [],
    inFlight: [],
    operation: "create-1",
    pins: { kubernetesVersion: "1.36.4", images: {}, initialised: false },
    wakeAtMs: NOW_MS + 5_000,
    endpoint: "https://127.64.0.0:6443",
    ...changes,
  };
  return { id: "shop", spec: { project: "acme", region: "europe-west4" }, status };
}

export const plain = (lines: readonly string[]): string => lines.map(stripVTControlCharacters).join("\n");
