/** Moves the pinned versions one step on when what runs allows it, and tells of it. Pure. */
import { controlPlaneHolds } from "../resources/node-care/maintenance-holds.ts";
import type { Cluster } from "../resources/resource.ts";
import { decideVersions } from "../resources/versions.ts";
import { note, type Work } from "./work.ts";

/** @param cluster with its facts */
export function stepVersions(work: Work, cluster: Cluster, nowMs: number): Work {
  if (cluster.deleting) return work;
  const { pins, message } = decideVersions(cluster, controlPlaneHolds(cluster, nowMs), nowMs);
  if (pins === undefined) return work;
  const { upgrade: _before, ...kept } = work.status.pins;
  const moved = { ...work, status: { ...work.status, pins: { ...kept, ...pins } } };
  return note(moved, { level: "info", verb: "upgrade", key: "kubernetes", message: message ?? "" });
}
