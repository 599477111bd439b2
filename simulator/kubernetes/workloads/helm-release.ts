/** Helm's memory of what it installed: one Secret per release and revision, as Helm 3 keeps it. */
import type { ClusterState } from "../api/state.ts";
import { ensure } from "./manifests.ts";

const RELEASE_TYPE = "helm.sh/release.v1";

/** The newest revision of a release; 0 when there is none. */
export function revisionOf(state: ClusterState, namespace: string, release: string): number {
  const mine = state.store
    .list("secrets", namespace)
    .filter((secret) => secret["type"] === RELEASE_TYPE && secret.metadata.labels?.["name"] === release);
  return Math.max(0, ...mine.map(({ metadata }) => Number(metadata.labels?.["version"] ?? 0)));
}
export function recordRelease(
  state: ClusterState,
  namespace: string,
  release: string,
  revision: number,
): void {
  const labels = { name: release, owner: "helm", status: "deployed", version: String(revision) };
  const name = `sh.helm.release.v1.${release}.v${revision}`;
  ensure(state, "v1", "Secret", { name, namespace, labels }, { type: RELEASE_TYPE });
}
