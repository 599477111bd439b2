/** A resource as the API answers it: the stored body, its links as URLs, and what is derived on reading. */
import type { JsonObject } from "./call.ts";
import { contentFingerprint, revisionFingerprint } from "./fingerprints.ts";

import { renderReferences } from "./references.ts";
import type { Row } from "./row.ts";
import { formatTime } from "./times.ts";
import type { World } from "./world.ts";

const NO_LABELS: JsonObject = {};

export function fingerprintOf(row: Row): string {
  return revisionFingerprint(row.id, row.revision);
}
export function labelFingerprintOf(row: Row): string {
  return contentFingerprint(row.body["labels"] ?? NO_LABELS);
}

export function renderRow(world: World, row: Row): JsonObject {
  const kind = world.kind(row.collection);
  const place = `projects/${row.project}/${row.scope}`;
  const rendered: JsonObject = {
    kind: `compute#${kind.noun}`,
    id: row.id,
    creationTimestamp: formatTime(row.createdMs),
    name: row.name,
    ...renderReferences(world, kind, row.body),
    ...(row.scope.startsWith("regions/") ? { region: world.link(place) } : {}),
    ...(row.scope.startsWith("zones/") ? { zone: world.link(place) } : {}),
    ...(kind.fingerprint === undefined ? {} : { fingerprint: fingerprintOf(row) }),
    ...(kind.labels === undefined ? {} : { labelFingerprint: labelFingerprintOf(row) }),
    selfLink: world.link(row.path),
  };
  return kind.render === undefined ? rendered : { ...rendered, ...kind.render(row, world, rendered) };
}
