/** The formats of single values: names, identifiers, durations, shares. Each refusal says how to write it. */
import { z } from "zod";
import { DURATION_PATTERN, durationMs } from "../duration.ts";
import { says } from "../message.ts";
import { PERCENT_PATTERN } from "../share.ts";

/** A text of one pattern, at most so long. `what` reads on after "is not": "a region". */
export function text(pattern: RegExp, what: string, remedy: string, lengthMax = 255) {
  return z
    .string()
    .max(lengthMax, {
      abort: true,
      error: (issue) =>
        says(`has ${String(issue.input).length} characters, more than ${lengthMax}`, "shorten it"),
    })
    .regex(pattern, { error: says(`is not ${what}`, remedy) });
}

const RFC_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const RFC_1035_REMEDY =
  "use small letters, digits and hyphens; begin with a letter, end with a letter or digit";

/** RFC 1035, because the name becomes part of the names of resources. */
export function resourceName(lengthMax: number) {
  return text(RFC_1035, "a name", RFC_1035_REMEDY, lengthMax);
}

/** Source: https://cloud.google.com/resource-manager/docs/creating-managing-projects (6 to 30 characters). */
export const PROJECT_ID = /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/;

export function projectId() {
  return text(
    PROJECT_ID,
    "a project id",
    "use the project's id (not its name or number): 6 to 30 small letters, digits and hyphens",
    30,
  );
}
export function regionName() {
  return text(/^[a-z]+-[a-z]+\d{1,2}$/, "a region", "write it like europe-west4", 40);
}
export function zoneName() {
  return text(/^[a-z]+-[a-z]+\d{1,2}-[a-z]$/, "a zone", "write it like europe-west4-a", 40);
}
export function cidr() {
  return text(/^[0-9.]+\/[0-9]+$/, "an IPv4 range", "write it like 10.10.0.0/20", 18);
}
export function machineType() {
  return text(
    /^[a-z][a-z0-9]{1,9}(-[a-z0-9]+){1,5}$/,
    "a machine type",
    "write it like e2-standard-4 (its bare name, no path)",
    60,
  );
}
export function imageName() {
  return text(RFC_1035, "an image's name", `${RFC_1035_REMEDY} (the bare name, no path)`, 63);
}
/** Whether the account is one of the cluster's project is checked with the rest of the document. */
export function serviceAccountEmail() {
  return text(
    /^[a-z][-a-z0-9]{4,28}[a-z0-9]@[a-z][-a-z0-9]{4,28}[a-z0-9]\.iam\.gserviceaccount\.com$/,
    "the email of a service account made for this purpose",
    "write it like nodes-sa@PROJECT.iam.gserviceaccount.com",
    128,
  );
}

export interface DurationBounds {
  readonly min: string;
  readonly max: string;
}
export function duration({ min, max }: DurationBounds) {
  return text(DURATION_PATTERN, "a duration", "write it like 90s, 10m, 6h or 30d", 24).refine(
    (value) => {
      if (!DURATION_PATTERN.test(value)) return true; // said above
      const ms = durationMs(value);
      return durationMs(min) <= ms && ms <= durationMs(max);
    },
    { error: says(`is not between ${min} and ${max}`, `use ${min} to ${max}`) },
  );
}

export function wholeNumber(min: number, max: number) {
  const error = says(`is not a whole number from ${min} to ${max}`, `use ${min} to ${max}`);
  return z
    .int({
      error: (issue) =>
        issue.code === "invalid_type" && typeof issue.input !== "number" ? undefined : error,
    })
    .min(min, { error, abort: true })
    .max(max, { error });
}

/** A count or a share of the pool. */
export function countOrPercent(countMax: number) {
  return z.union(
    [
      wholeNumber(0, countMax),
      z.string().regex(PERCENT_PATTERN, {
        error: says(
          "is not a percentage",
          "write a whole number of machines, or a share from 0% to 100% like 20%",
        ),
      }),
    ],
    {
      error: says(
        "is neither a number nor a percentage",
        "write a number of machines like 2, or a share like 20%",
      ),
    },
  );
}

/** A list with a bound; what is listed twice is a slip. */
export function uniqueList<Item extends z.ZodType<string>>(item: Item, lengthMax: number) {
  return z
    .array(item)
    .max(lengthMax, { error: says(`lists more than ${lengthMax}`, `list at most ${lengthMax}`) })
    .superRefine((items, context) => {
      items.forEach((value, index) => {
        if (items.indexOf(value) === index) return;
        context.addIssue({
          code: "custom",
          path: [index],
          message: says("is listed twice", "remove one of the two"),
        });
      });
    });
}
