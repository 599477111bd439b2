/** Documents and specs for tests: the smallest one that is accepted, and changes of it. */
import assert from "node:assert/strict";
import type { ClusterInput, ClusterSpec } from "../../../shared/spec/cluster.ts";
import { describeFieldError, type FieldError } from "../../../shared/spec/field-error.ts";
import { type ValidateOptions, validateCluster } from "../../../shared/spec/validate.ts";

/** A moment at which 1.34 is past support, and 1.35, 1.36 and 1.37 are not. */
export const NOW_MS = Date.parse("2026-11-23T12:00:00Z");

export function clusterDocument(changes: Record<string, unknown> = {}): ClusterInput {
  return {
    name: "shop",
    engine: "gce",
    project: "demo-project",
    region: "europe-west4",
    nodePools: [{ name: "general" }],
    ...changes,
  } as ClusterInput;
}
export function poolDocument(changes: Record<string, unknown>): ClusterInput {
  return clusterDocument({ nodePools: [{ name: "general", ...changes }] });
}

/** An accepted spec. */
export function clusterSpec(changes: Record<string, unknown> = {}): ClusterSpec {
  const validated = validateCluster(clusterDocument(changes), { nowMs: NOW_MS });
  assert.ok(validated.ok, JSON.stringify(validated));
  return validated.spec;
}
/** What is wrong with a document; empty when it is accepted. */
export function errorsOf(document: unknown, options: Partial<ValidateOptions> = {}): FieldError[] {
  const validated = validateCluster(document, { nowMs: NOW_MS, ...options });
  return validated.ok ? [] : validated.errors;
}
export function messagesOf(document: unknown, options: Partial<ValidateOptions> = {}): string[] {
  return errorsOf(document, options).map(describeFieldError);
}
