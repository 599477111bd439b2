/** Which account a machine runs as: the spec's, or the one that the deployment made for its role. */
import type { ClusterSpec } from "../../spec/cluster.ts";

export type AccountRole = "control-plane" | "node";

/** Account ids that terraform/ creates in every project that holds clusters: one per purpose, least privilege. */
export const ACCOUNT_IDS: Readonly<Record<AccountRole, string>> = {
  "control-plane": "clusterwright-control-plane",
  node: "clusterwright-node",
};

export function machineAccount(
  spec: Pick<ClusterSpec, "project">,
  machine: { readonly serviceAccount?: string | undefined },
  role: AccountRole,
): string {
  return machine.serviceAccount ?? `${ACCOUNT_IDS[role]}@${spec.project}.iam.gserviceaccount.com`;
}
