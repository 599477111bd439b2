/** What follows from an edit of each field of the spec of a running cluster: the one table that all lives of clusters use. */
import type { ClusterSpec } from "../../../shared/spec/cluster.ts";
import { validateCluster } from "../../../shared/spec/validate.ts";
import type { ClusterSight } from "../../support/cluster-sight.ts";
import { TEST_NOW_MS } from "../../support/specs.ts";
import { OF_ADDONS } from "./of-addons.ts";
import { AT_THE_END, OF_CLUSTER } from "./of-cluster.ts";
import { OF_CONTROL_PLANE } from "./of-control-plane.ts";
import { OF_OPERATIONS } from "./of-operations.ts";
import { OF_POOLS } from "./of-pools.ts";
import { type CarriedOut, type Draft, isCarriedOut, type Pools, type Row } from "./row.ts";

/** In the order in which a cluster that lives through all of them meets them. */
export const EDITS: readonly Row[] = [
  ...OF_CLUSTER,
  ...OF_CONTROL_PLANE,
  ...OF_POOLS,
  ...OF_ADDONS,
  ...OF_OPERATIONS,
  ...AT_THE_END,
];

/** Fields that a running cluster takes an edit of. */
export const MUTABLE: readonly string[] = [...new Set(EDITS.filter(isCarriedOut).map(({ field }) => field))];

/** @throws Error with what is wrong with it */
export function specOf(document: Draft): ClusterSpec {
  const validation = validateCluster(document, { nowMs: TEST_NOW_MS });
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors));
  return validation.spec;
}

/** Every mutable field of a document, edited at once. */
export interface Together {
  readonly document: Draft;
  readonly pools: Pools;
  /** The edits in it, one for each field. */
  readonly rows: readonly CarriedOut[];
}

export function editedTogether(before: Draft, pools: Pools): Together {
  const scene = { spec: specOf(before), pools };
  const document = structuredClone(before);
  const rows = firstOfEachField().filter((row) => row.spared?.(scene, true) === undefined);
  for (const row of rows) row.edit(document, { spec: specOf(document), pools });
  return { document, pools, rows };
}

/** What each of the edits leads to shows, once the cluster has settled. */
export async function showAll(cluster: ClusterSight, edited: Together): Promise<void> {
  for (const row of edited.rows) await showing(cluster, edited, row);
}

/** @throws Error that names the field when what its edit leads to does not show */
export async function showing(
  cluster: ClusterSight,
  { document, pools }: Together,
  { field, shows }: CarriedOut,
): Promise<void> {
  try {
    await shows?.(cluster, { spec: specOf(document), pools });
  } catch (cause) {
    throw new Error(`${cluster.id}: ${field} does not show: ${cause}`, { cause });
  }
}

/** The mutable fields that a cluster that begins as `before` cannot have edited, each with the reason. */
export function sparedFields(
  before: Draft,
  pools: Pools,
  together: boolean,
): Readonly<Record<string, string>> {
  const scene = { spec: specOf(before), pools };
  return Object.fromEntries(
    firstOfEachField().flatMap((row) => {
      const reason = row.spared?.(scene, together);
      return reason === undefined ? [] : [[row.field, reason]];
    }),
  );
}

function firstOfEachField(): readonly CarriedOut[] {
  const carriedOut = EDITS.filter(isCarriedOut);
  return carriedOut.filter((row) => carriedOut.find(({ field }) => field === row.field) === row);
}
