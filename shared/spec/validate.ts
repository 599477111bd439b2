/** Decides whether a document is a cluster spec: plain JSON, then the schema, then the rules between fields. */
import { type ClusterSpec, clusterSchema } from "./cluster.ts";
import { type FieldError, fieldError } from "./field-error.ts";
import { findForeign } from "./plain-json.ts";
import { resolveDefaults } from "./resolve.ts";
import { checkAccounts } from "./rules/accounts.ts";
import { checkDurations, checkNamesDiffer } from "./rules/durations.ts";
import { checkMachines } from "./rules/machines.ts";
import { checkMaintenance } from "./rules/maintenance.ts";
import { checkManifests } from "./rules/manifests.ts";
import { checkExistingNetwork } from "./rules/network.ts";
import { checkPlaces } from "./rules/places.ts";
import { checkPools } from "./rules/pools.ts";
import { checkRanges, checkReachable } from "./rules/ranges.ts";
import type { Rule } from "./rules/rule.ts";
import { checkVersion } from "./rules/versions.ts";
import { fieldErrors } from "./zod-errors.ts";

/** In the order of the document, so that errors come as a person reads. */
const RULES: readonly Rule[] = [
  checkPlaces,
  checkVersion,
  checkRanges,
  checkReachable,
  checkExistingNetwork,
  checkAccounts,
  checkMachines,
  checkPools,
  checkManifests,
  checkDurations,
  checkNamesDiffer,
  checkMaintenance,
];

export interface ValidateOptions {
  readonly nowMs: number;
  /** The document's id: stands in for `name`, which may only repeat it. */
  readonly name?: string;
  /** Stands in for `project` when the document leaves it out: the control plane's own. */
  readonly project?: string;
  /** The spec in force: a version that it has already is not refused for having left support. */
  readonly before?: ClusterSpec;
  /** Host projects whose shared networks documents may name; `any` where the control plane judges later. Default: none. */
  readonly sharedNetworkProjects?: readonly string[] | "any";
}
export type Validated =
  | { readonly ok: true; readonly spec: ClusterSpec }
  | { readonly ok: false; readonly errors: FieldError[] };

/** Pure; never throws on JSON, and answers at least one error when it refuses. */
export function validateCluster(document: unknown, options: ValidateOptions): Validated {
  const foreign = findForeign(document);
  if (foreign.length > 0) return { ok: false, errors: foreign };
  const stranger = strangerIn(document);
  if (stranger !== undefined) return { ok: false, errors: [stranger] };
  const whole = withStandIns(document, options);
  const parsed = clusterSchema.safeParse(whole);
  if (!parsed.success) return { ok: false, errors: fieldErrors(parsed.error.issues, whole) };
  const spec = resolveDefaults(parsed.data);
  const input = {
    parsed: parsed.data,
    spec,
    document: whole,
    nowMs: options.nowMs,
    before: options.before,
    sharedNetworkProjects: options.sharedNetworkProjects ?? [],
  };
  const errors = [...checkId(spec, options), ...RULES.flatMap((rule) => rule(input))];
  return errors.length > 0 ? { ok: false, errors } : { ok: true, spec };
}

/** A manifest of Kubernetes is told as one: that eight of its fields are wrong and missing says less. */
function strangerIn(document: unknown): FieldError | undefined {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return undefined;
  const { apiVersion, kind } = document as Readonly<Record<string, unknown>>;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  return fieldError(
    ["kind"],
    kind,
    "is an object inside of a cluster, and this is about clusters",
    "apply it with kubectl, or put its text into addons.manifests",
  );
}

function withStandIns(document: unknown, { name, project }: ValidateOptions): unknown {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return document;
  return {
    ...(name === undefined ? {} : { name }),
    ...(project === undefined ? {} : { project }),
    ...document,
  };
}

function checkId(spec: ClusterSpec, { name }: ValidateOptions): FieldError[] {
  if (name === undefined || spec.name === name) return [];
  return [
    fieldError(
      ["name"],
      spec.name,
      `is not the id of its document (${name})`,
      `use ${name}, or write to clusters/${spec.name}`,
    ),
  ];
}
