/** Durations that something else counts in whole hours or days, and names that must differ. */
import { durationMs } from "../duration.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Snapshot schedules count hours, log buckets days. */
export function checkDurations({ parsed }: RuleInput): FieldError[] {
  return [
    ...whole(
      ["controlPlane", "etcd", "backup", "every"],
      parsed.controlPlane.etcd.backup.every,
      HOUR_MS,
      "hours, like 6h",
    ),
    ...whole(["logging", "retention"], parsed.logging.retention, DAY_MS, "days, like 30d"),
  ];
}
function whole(path: Path, text: string, unitMs: number, unit: string): FieldError[] {
  if (durationMs(text) % unitMs === 0) return [];
  return [fieldError(path, text, "is not a whole number of its unit", `write whole ${unit}`)];
}

export function checkNamesDiffer({ parsed }: RuleInput): FieldError[] {
  return [
    ...differ(["health", "checks"], parsed.health.checks),
    ...differ(["logging", "exclude"], parsed.logging.exclude),
  ];
}
function differ(path: Path, items: readonly { readonly name: string }[]): FieldError[] {
  return items.flatMap(({ name }, index) => {
    const first = items.findIndex((item) => item.name === name);
    return first === index
      ? []
      : [
          fieldError(
            [...path, index, "name"],
            name,
            `is the name of number ${first} already`,
            "give each a name of its own",
          ),
        ];
  });
}
