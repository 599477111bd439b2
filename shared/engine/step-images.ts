/** Moves pinned images to the ones that their families name now, when the cluster may be disturbed, and tells of it. Pure. */
import { heldUp } from "../nodes/hold.ts";
import { familiesOf } from "../resources/gce/newer-images.ts";
import { imageHolds } from "../resources/node-care/maintenance-holds.ts";
import type { Cluster } from "../resources/resource.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import { note, type Work } from "./work.ts";

/** Newer images that would be taken now, but for a window. */
export function awaitedImages({ images, accepted, pins }: ClusterStatus): Readonly<Record<string, string>> {
  if (images === undefined || accepted === undefined) return {};
  const cared = new Set<string>(familiesOf(accepted));
  const found = Object.entries(images.newer).filter(([os, url]) => cared.has(os) && pins.images[os] !== url);
  return Object.fromEntries(found);
}

/**
 * Only of a cluster at rest, one thing after another: an upgrade of Kubernetes or an edit comes to its end first. What
 * follows is a rollout like any other, with its gates, its halt and its windows.
 * @param cluster with its facts
 */
export function stepImages(work: Work, cluster: Cluster, nowMs: number): Work {
  const { status } = work;
  const newer = Object.entries(awaitedImages(status));
  if (newer.length === 0 || cluster.deleting || cluster.facts.kubernetes === undefined) return work;
  if (status.unsettledSinceMs !== null || status.pins.upgrade !== undefined) return work;
  if (heldUp(imageHolds(cluster, nowMs), { cause: "upgrade" }) !== undefined) return work;
  const lines = newer.map(([os, url]) => ({
    level: "info" as const,
    verb: "upgrade",
    key: `images/${os}`,
    message: `the machines with ${os} get the present image of its family, ${nameOf(status.pins.images[os])} → ${nameOf(url)}, by itself (maintenance.autoUpgrade.os)`,
  }));
  const images = { ...status.pins.images, ...Object.fromEntries(newer) };
  return note({ ...work, status: { ...status, pins: { ...status.pins, images } } }, ...lines);
}

function nameOf(url: string | undefined): string {
  return url?.split("/").at(-1) ?? "none";
}
