/** The Kubernetes version exists and is supported. */
import { type FieldError, fieldError } from "../field-error.ts";
import { resolveVersion } from "../kubernetes-versions.ts";
import type { RuleInput } from "./rule.ts";

/** A cluster that runs a version already keeps its spec when support ends; asking for it anew is refused. */
export function checkVersion({ parsed, nowMs, before }: RuleInput): FieldError[] {
  const wish = parsed.kubernetes.version;
  if (before?.kubernetes.version === wish) return [];
  const resolved = resolveVersion(wish, nowMs);
  return resolved.ok ? [] : [fieldError(["kubernetes", "version"], wish, resolved.reason, resolved.remedy)];
}
