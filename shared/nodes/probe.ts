/** The probe of an upgrade: a workload whose own readiness says whether all is well. Pure (decision 0028). */
import type { Hold } from "./hold.ts";

/** Which workload, as a spec names it. */
export interface Probe {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly namespace: string;
  readonly name: string;
}
export type Probed =
  | { readonly passes: true }
  /** As a clause. */
  | { readonly passes: false; readonly why: string };

/** As far as a probe reads it. A cluster's API may say anything. */
export interface Workload {
  readonly metadata?: { readonly generation?: unknown };
  readonly spec?: { readonly replicas?: unknown };
  readonly status?: Readonly<Record<string, unknown>>;
}

const COLLECTIONS: Readonly<Record<Probe["kind"], string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};
export function probePath({ kind, namespace, name }: Probe): string {
  const [space, its] = [namespace, name].map(encodeURIComponent);
  return `/apis/apps/v1/namespaces/${space}/${COLLECTIONS[kind]}/${its}`;
}

/** @param workload absent where there is none of that name */
export function judgeProbe(probe: Probe, workload: Workload | undefined): Probed {
  const name = probeName(probe);
  if (workload === undefined) return failing(`${name} does not exist`);
  const { status = {}, metadata } = workload;
  if (numberOf(status["observedGeneration"]) < numberOf(metadata?.generation))
    return failing(`its controller has not taken in the last change of ${name}`);
  const [wanted, updated, available] = countsOf(probe, workload);
  if (wanted === undefined) return failing(`${name} does not say how many pods it shall have`);
  if (updated < wanted) return failing(`${name} is being rolled out (${updated} of ${wanted} pods are new)`);
  return available >= wanted
    ? { passes: true }
    : failing(`${available} of ${wanted} pods of ${name} are available`);
}

/** What could not be read is no pass. @param why as a clause */
export function unreadProbe(probe: Probe, why: string): Probed {
  return failing(`${probeName(probe)} cannot be read: ${why}`);
}

/** Keeps an upgrade from beginning and from taking the next machine; a drain that has begun goes on. */
export function probeHold(pool: string, why: string): Hold {
  return {
    reason: "ProbeFailing",
    causes: ["upgrade"],
    waitsFor: `the probe of pool ${pool} to pass: ${why}`,
    letsBegunPass: true,
  };
}

function failing(why: string): Probed {
  return { passes: false, why };
}
function probeName({ kind, namespace, name }: Probe): string {
  return `${kind} ${namespace}/${name}`;
}

/** How many pods there shall be, how many are of the newest template, how many are available. */
function countsOf(
  { kind }: Probe,
  { spec, status = {} }: Workload,
): readonly [wanted: number | undefined, updated: number, available: number] {
  if (kind === "DaemonSet")
    return [
      knownNumber(status["desiredNumberScheduled"]),
      numberOf(status["updatedNumberScheduled"]),
      numberOf(status["numberAvailable"]),
    ];
  return [
    knownNumber(spec?.replicas),
    numberOf(status["updatedReplicas"]),
    numberOf(status["availableReplicas"]),
  ];
}

function knownNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Counts that are 0 are left out. */
function numberOf(value: unknown): number {
  return knownNumber(value) ?? 0;
}
