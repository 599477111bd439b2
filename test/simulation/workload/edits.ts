/** What an edit makes of a cluster's spec. Pure. */
import { exampleDocument } from "../../support/specs.ts";
import type { Edit, InvalidEdit } from "../scenario.ts";
import { WORKLOAD } from "./deploy.ts";

export type Spec = Readonly<Record<string, unknown>>;
type Pool = Readonly<Record<string, unknown>>;

const MINUTE_MS = 60_000;

/** The first form of every cluster: one example under its own name. */
export function createdSpec(name: string, replicas: number, version?: string): Spec {
  return {
    ...exampleDocument("quickstart"),
    name,
    ...(version === undefined ? {} : { kubernetes: { version } }),
    controlPlane: { replicas },
    deletionProtection: false,
  };
}

/** @returns nothing when the edit does not apply */
export function edited(spec: Spec, edit: Edit, nowMs: number): Spec | undefined {
  const pools = spec["nodePools"] as readonly Pool[];
  const at = "pool" in edit && typeof edit.pool === "number" ? edit.pool % pools.length : 0;
  const withPool = (change: Pool): Spec => ({
    ...spec,
    nodePools: pools.map((pool, index) => (index === at ? { ...pool, ...change } : pool)),
  });
  const withUpgrade = (change: object): Spec =>
    withPool({ upgrade: { ...(pools[at]?.["upgrade"] as object | undefined), ...change } });
  const withMaintenance = (change: object): Spec => ({
    ...spec,
    maintenance: { ...(spec["maintenance"] as object | undefined), ...change },
  });
  switch (edit.edit) {
    case "resize":
      return withPool({ size: edit.size });
    case "machine-type":
      return withPool({ machineType: edit.machineType });
    case "os":
      return withPool({ os: edit.os });
    case "version": {
      const { version = "" } = (spec["kubernetes"] ?? {}) as { readonly version?: string };
      return edit.version > version ? { ...spec, kubernetes: { version: edit.version } } : undefined;
    }
    case "members":
      return {
        ...spec,
        controlPlane: { ...(spec["controlPlane"] as object), machineType: edit.machineType },
      };
    // Soaks that end within a run.
    case "strategy":
      return withUpgrade({ strategy: edit.strategy, blueGreen: { batch: 1, soak: "2m" } });
    case "probe":
      return withUpgrade({ probe: WORKLOAD });
    case "label":
      return withPool({ labels: { tier: edit.value } });
    case "bold-repairs":
      return withPool({ repair: { maxInFlight: edit.atOnce, maxUnhealthy: "100%", ladder: ["recreate"] } });
    case "freeze": {
      const [from, to] = [nowMs, nowMs + edit.minutes * MINUTE_MS].map(
        (ms) => `${new Date(ms).toISOString().slice(0, 16)}Z`,
      );
      return withMaintenance({ exclusions: [{ name: "freeze", from, to }] });
    }
    case "limit":
      return withMaintenance({ maxDisruptions: edit.most });
    case "add-pool": {
      if (pools.some(({ name }) => name === edit.name)) return undefined;
      const pool = { name: edit.name, size: edit.size, machineType: "e2-standard-2" };
      return { ...spec, nodePools: [...pools, pool] };
    }
    case "remove-pool":
      return pools.length < 2
        ? undefined
        : { ...spec, nodePools: pools.filter((_pool, index) => index !== at) };
    default:
      return undefined;
  }
}

/** @returns nothing when no pool has a probe */
export function withoutProbes(spec: Spec): Spec | undefined {
  const pools = spec["nodePools"] as readonly Pool[];
  const hasProbe = ({ upgrade }: Pool) => (upgrade as { probe?: unknown } | undefined)?.probe !== undefined;
  if (!pools.some(hasProbe)) return undefined;
  const nodePools = pools.map((pool) => {
    const { probe: _probe, ...upgrade } = (pool["upgrade"] ?? {}) as Pool;
    return { ...pool, upgrade };
  });
  return { ...spec, nodePools };
}

/** What the control plane must refuse: the last accepted spec stays in force. */
export function broken(spec: Spec, how: InvalidEdit): Spec {
  const pools = spec["nodePools"] as readonly Pool[];
  const ways: Readonly<Record<InvalidEdit, Spec>> = {
    "negative-size": { ...spec, nodePools: pools.map((pool) => ({ ...pool, size: -1 })) },
    "unknown-field": { ...spec, nodepools: [] },
    "overlapping-ranges": { ...spec, network: { pods: "10.0.0.0/8", services: "10.96.0.0/20" } },
    "other-region": { ...spec, region: "us-central1" },
  };
  return ways[how];
}
