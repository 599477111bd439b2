/** A cluster that has come to rest, and a hand that edits what it consists of. */
import assert from "node:assert/strict";
import type { Cluster } from "../../../../shared/resources/resource.ts";
import { clusterOf, QUICKSTART } from "./clusters.ts";
import { converge } from "./passes.ts";
import { type Body, createSmallCloud, type SmallCloud } from "./small-cloud.ts";

export const REGION = "projects/acme-dev/regions/europe-west4";
export const ZONE = "projects/acme-dev/zones/europe-west4-a";
export const GLOBAL = "projects/acme-dev/global";
export const P = "quickstart-ab12cd";

export async function running(
  document: Readonly<Record<string, unknown>> = QUICKSTART,
): Promise<{ cloud: SmallCloud; cluster: Cluster }> {
  const cloud = createSmallCloud();
  const cluster = clusterOf(document);
  await converge(cloud, cluster);
  return { cloud, cluster: { ...cluster, pins: { ...cluster.pins, initialised: true } } };
}

export function edit(cloud: SmallCloud, path: string, fields: Body): void {
  const before = cloud.resources.get(path);
  assert(before !== undefined, `${path} is not there: ${[...cloud.resources.keys()].join(" ")}`);
  cloud.resources.set(path, { ...before, ...fields });
}
