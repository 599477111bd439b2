/** Accepted specs of the examples, for tests that need a whole one. */
import { readFileSync } from "node:fs";
import type { ClusterSpec } from "../../shared/spec/cluster.ts";
import { validateCluster } from "../../shared/spec/validate.ts";
import { readYaml } from "../../shared/spec/yaml.ts";

/** A moment at which the versions in the examples are supported. */
export const TEST_NOW_MS = Date.parse("2026-11-01T12:00:00Z");

export function exampleDocument(name: string): Record<string, unknown> {
  const read = readYaml(readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url), "utf8"));
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.document as Record<string, unknown>;
}

export function exampleSpec(name: string): ClusterSpec {
  const validation = validateCluster(exampleDocument(name), { nowMs: TEST_NOW_MS });
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors));
  return validation.spec;
}

export const quickstartSpec = (): ClusterSpec => exampleSpec("quickstart");
