/** Fills in the defaults that follow from other fields. */
import type { ClusterSpec, NodePool, ParsedCluster } from "./cluster.ts";
import { defaultZonesOf } from "./regions.ts";
import { DEFAULT_OPERATING_SYSTEM } from "./schema/machine.ts";

/** A public API is open to all who have a certificate or token, said openly as a range. */
const EVERYONE = "0.0.0.0/0";

export function resolveDefaults(parsed: ParsedCluster): ClusterSpec {
  const zones = parsed.zones ?? [...defaultZonesOf(parsed.region)];
  const { api } = parsed.network;
  return {
    ...parsed,
    zones,
    network: {
      ...parsed.network,
      api: { ...api, allowedFrom: api.allowedFrom ?? (api.access === "public" ? [EVERYONE] : []) },
    },
    controlPlane: { ...parsed.controlPlane, os: parsed.controlPlane.os ?? DEFAULT_OPERATING_SYSTEM },
    nodePools: parsed.nodePools.map(
      (pool): NodePool => ({ ...pool, os: pool.os ?? DEFAULT_OPERATING_SYSTEM, zones: pool.zones ?? zones }),
    ),
  };
}
