/** Machine types exist, are large enough for Kubernetes, and fit their disks, images and GPUs. */

import { closest } from "../closest.ts";
import type { NodePool } from "../cluster.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import { remedyForType } from "../machine-sizes.ts";
import { FAMILY_NAMES, familyName, familyOf, type MachineFamily, TOO_SMALL } from "../machine-types.ts";
import { valueAt } from "../value-at.ts";
import type { RuleInput } from "./rule.ts";

/** Machines with GPUs come in these sizes. */
const ACCELERATOR_COUNTS: readonly number[] = [1, 2, 4, 8, 16];

export function checkMachines({ spec, document }: RuleInput): FieldError[] {
  const { controlPlane } = spec;
  return [
    ...checkType(["controlPlane", "machineType"], controlPlane.machineType),
    ...checkDisk(["controlPlane", "etcd", "disk"], controlPlane.machineType, controlPlane.etcd.disk),
    ...checkImage(["controlPlane"], controlPlane.image, document),
    ...spec.nodePools.flatMap((pool, index) => checkPool(["nodePools", index], pool, document)),
  ];
}

function checkPool(path: Path, pool: NodePool, document: unknown): FieldError[] {
  return [
    ...checkType([...path, "machineType"], pool.machineType),
    ...checkDisk([...path, "disk", "type"], pool.machineType, pool.disk.type),
    ...checkImage(path, pool.image, document),
    ...checkAccelerators([...path, "accelerators"], pool),
  ];
}

function checkType(path: Path, machineType: string): FieldError[] {
  if (familyOf(machineType) === undefined)
    return [fieldError(path, machineType, "is of no machine family that is known", meantType(machineType))];
  if (TOO_SMALL.includes(machineType))
    return [fieldError(path, machineType, "is too small for Kubernetes", "use e2-medium or larger")];
  const remedy = remedyForType(machineType);
  return remedy === undefined
    ? []
    : [fieldError(path, machineType, "is no machine type of Compute Engine", remedy)];
}

function meantType(machineType: string): string {
  const name = familyName(machineType);
  const meant = closest(
    name,
    FAMILY_NAMES.filter((family) => family[0] === name[0]),
  );
  const whole = machineType.replace(/^[^-]+/, meant ?? "");
  return meant === undefined || remedyForType(whole) !== undefined
    ? "use a type like e2-standard-4"
    : `did you mean ${whole}?`;
}

function checkDisk(path: Path, machineType: string, disk: string): FieldError[] {
  const family = familyOf(machineType);
  if (family === undefined || family.disks === "both") return [];
  const hyperdisk = disk.startsWith("hyperdisk-");
  if (hyperdisk === (family.disks === "hyperdisk")) return [];
  const remedy = hyperdisk ? "use pd-balanced or pd-ssd" : "use hyperdisk-balanced";
  return [fieldError(path, disk, `does not attach to machines of family ${familyName(machineType)}`, remedy)];
}

/** An image alone does not say how its machines boot. */
function checkImage(path: Path, image: string | undefined, document: unknown): FieldError[] {
  if (image === undefined || valueAt(document, [...path, "os"]) !== undefined) return [];
  return [
    fieldError(
      [...path, "os"],
      undefined,
      "is missing next to image",
      "add os: the operating system that the image was made from",
    ),
  ];
}

function checkAccelerators(path: Path, pool: NodePool): FieldError[] {
  const family = familyOf(pool.machineType);
  if (family === undefined) return [];
  return pool.accelerators.flatMap((accelerator, index) =>
    checkAccelerator([...path, index], accelerator, family, pool),
  );
}

function checkAccelerator(
  path: Path,
  { type, count }: NodePool["accelerators"][number],
  family: MachineFamily,
  pool: NodePool,
): FieldError[] {
  const name = familyName(pool.machineType);
  const errors: FieldError[] = [];
  if (family.accelerators.length === 0) {
    errors.push(
      fieldError(
        [...path, "type"],
        type,
        `does not attach to machines of family ${name}`,
        "use a machine of family n1 or g2, or remove it",
      ),
    );
  } else if (!family.accelerators.includes(type)) {
    errors.push(
      fieldError(
        [...path, "type"],
        type,
        `does not attach to machines of family ${name}`,
        `use ${family.accelerators.join(" or ")}`,
      ),
    );
  }
  if (!ACCELERATOR_COUNTS.includes(count)) {
    errors.push(
      fieldError([...path, "count"], count, "is not a count that machines come with", "use 1, 2, 4, 8 or 16"),
    );
  }
  return errors;
}
