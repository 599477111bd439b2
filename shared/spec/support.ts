/**
 * What the schema accepts and the engine does not do yet. It is refused by name and never ignored; when a part is built,
 * its line here goes.
 */
import { type ClusterSpec, clusterSchema, type NodePool } from "./cluster.ts";
import { differences } from "./differences.ts";
import { type FieldError, fieldError, type Path } from "./field-error.ts";
import { familyOf } from "./machine-types.ts";
import { resolveDefaults } from "./resolve.ts";
import { valueAt } from "./value-at.ts";

const LEAVE_OUT = "leave it out";

/** Sections and fields in which nothing but the default is executed. */
const DEFAULTS_ONLY: readonly Path[] = [
  ["environment"],
  ["kubernetes", "channel"],
  ["logging"],
  ["monitoring"],
  ["health"],
  ["registry"],
  ["notifications"],
];

/** Empty when the engine does all that the spec says. */
export function unsupported(spec: ClusterSpec): FieldError[] {
  return [
    ...unsupportedEngine(spec),
    ...beyondDefaults(spec, DEFAULTS, DEFAULTS_ONLY, []),
    ...unsupportedMachines(["controlPlane", "machineType"], spec.controlPlane.machineType),
    ...spec.nodePools.flatMap((pool, index) => unsupportedPool(pool, ["nodePools", index])),
  ];
}

function unsupportedEngine({ engine }: ClusterSpec): FieldError[] {
  return engine === "gce" ? [] : [notYet(["engine"], engine, "use gce")];
}

function unsupportedPool(pool: NodePool, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (typeof pool.size !== "number") {
    errors.push(
      notYet([...path, "size"], pool.size, `write a number, like size: ${Math.max(1, pool.size.min)}`),
    );
  }
  return [...errors, ...unsupportedMachines([...path, "machineType"], pool.machineType)];
}

/** Images are chosen for x86. */
function unsupportedMachines(path: Path, machineType: string): FieldError[] {
  if (familyOf(machineType)?.architecture !== "arm") return [];
  return [notYet(path, machineType, "use a machine type with x86 processors, like e2-standard-4")];
}

function beyondDefaults(
  actual: unknown,
  defaults: unknown,
  fields: readonly Path[],
  base: Path,
): FieldError[] {
  return fields.flatMap((field) =>
    differences(valueAt(defaults, field), valueAt(actual, field), field).map(({ path, before, after }) =>
      notYet(
        [...base, ...path],
        after,
        before === undefined ? LEAVE_OUT : `${LEAVE_OUT}, or keep the default (${JSON.stringify(before)})`,
      ),
    ),
  );
}

function notYet(path: Path, value: unknown, remedy: string): FieldError {
  return fieldError(path, value, "is not supported yet", remedy);
}

/** What a document comes to that says no more than it must. */
const DEFAULTS = resolveDefaults(
  clusterSchema.parse({
    name: "defaults",
    engine: "gce",
    project: "defaults",
    region: "europe-west4",
    nodePools: [{ name: "defaults" }],
  }),
);
