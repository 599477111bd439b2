/** A resource as the API answers it: the stored body, its links as URLs, and what is derived on reading. */
import type { JsonObject } from "./call.ts";
import { contentFingerprint, revisionFingerprint } from "./fingerprints.ts";

import { renderReferences } from "./references.ts";
import type { Row } from "./row.ts";
import { formatTime } from "./times.ts";
import type { Kind, World } from "./world.ts";

const NO_LABELS: JsonObject = {};

export function fingerprintOf(row: Row): string {
  return revisionFingerprint(row.id, row.revision);
}
export function labelFingerprintOf(row: Row): string {
  return contentFingerprint(row.body["labels"] ?? NO_LABELS);
}

/** The same object as before, while nothing has changed and the collector has left it. */
export function renderRow(world: World, row: Row): JsonObject {
  const kind = world.kind(row.collection);
  const answer = renderBody(world, kind, row);
  if (kind.render === undefined || kind.rendersBodyAlone === true) return answer;
  return { ...answer, ...kind.render(row, world, answer) };
}

function renderBody(world: World, kind: Kind, row: Row): JsonObject {
  const before = row.rendered?.deref();
  if (before?.body === row.body && before.revision === row.revision) return before.answer;
  const common = renderCommon(world, kind, row);
  const whole = kind.rendersBodyAlone === true ? { ...common, ...kind.render?.(row, world, common) } : common;
  const rendered = { body: row.body, revision: row.revision, answer: Object.freeze(whole) };
  row.rendered = new WeakRef(rendered);
  return rendered.answer;
}

function renderCommon(world: World, kind: Kind, row: Row): JsonObject {
  const place = `projects/${row.project}/${row.scope}`;
  return {
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
}
