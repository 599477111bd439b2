/** Commands that change what the spec says (upgrade, resize): the edit of the document that they come to. Pure. */
import { describeFieldError, type FieldError, fieldError } from "../spec/field-error.ts";
import type { ClusterDocument, ClusterStatus } from "../status/cluster-status.ts";
import type { AcceptedCommand } from "../status/inbox.ts";
import { acceptSpec } from "./accept.ts";

export type CommandEdit =
  /** It changes nothing in the spec. */
  | { readonly verdict: "none" }
  | { readonly verdict: "edited"; readonly document: ClusterDocument }
  | { readonly verdict: "refused"; readonly message: string; readonly errors: readonly FieldError[] };

/** The same validation as a document that a person writes. */
export function editOf(
  id: string,
  command: AcceptedCommand,
  document: ClusterDocument | undefined,
  status: ClusterStatus,
  nowMs: number,
  sharedNetworkProjects: readonly string[],
): CommandEdit {
  if (!isEdit(command)) return { verdict: "none" };
  const { spec, error } = edited(document?.spec, command);
  if (error !== undefined) return refused([error]);
  const next = { ...document, spec };
  const acceptance = acceptSpec(id, next, status, nowMs, sharedNetworkProjects);
  return acceptance.verdict === "refused"
    ? refused(acceptance.errors)
    : { verdict: "edited", document: next };
}

export function isEdit({ command }: Pick<AcceptedCommand, "command">): boolean {
  return command === "upgrade" || command === "resize";
}

/** Whether the spec in force still says what the command asked for. */
export function saysSo({ accepted }: ClusterStatus, { command, pool, value }: AcceptedCommand): boolean {
  if (command === "upgrade") return accepted?.kubernetes.version === value;
  return accepted?.nodePools.find(({ name }) => name === pool)?.size === Number(value);
}

function refused(errors: readonly FieldError[]): CommandEdit {
  const told = errors.map((error) => `${describeFieldError(error)}.`).join(" ");
  return { verdict: "refused", message: `The spec would not be accepted: ${told}`, errors };
}

type Json = Readonly<Record<string, unknown>>;

function edited(
  spec: unknown,
  command: AcceptedCommand,
): { readonly spec?: Json; readonly error?: FieldError } {
  if (!isObject(spec))
    return {
      error: fieldError([], spec, "is no spec that could be edited", "write the cluster's document first"),
    };
  const { value = "", pool } = command;
  if (command.command === "upgrade") {
    const kubernetes = isObject(spec["kubernetes"]) ? spec["kubernetes"] : {};
    return { spec: { ...spec, kubernetes: { ...kubernetes, version: value } } };
  }
  const pools: readonly unknown[] = Array.isArray(spec["nodePools"]) ? spec["nodePools"] : [];
  const names = pools.map((one) => (isObject(one) ? String(one["name"]) : ""));
  if (!names.includes(pool ?? ""))
    return {
      error: fieldError(["pool"], pool, "is no pool of the cluster", `use one of ${names.join(", ")}`),
    };
  const size = pools.filter(isObject).find((one) => one["name"] === pool)?.["size"];
  if (isObject(size))
    return {
      error: fieldError(
        ["pool"],
        pool,
        `is autoscaled, from ${String(size["min"])} to ${String(size["max"])} machines, so that its size is not set by hand`,
        "edit size.min and size.max of the pool in the cluster's document, or give it a number as its size",
      ),
    };
  const nodePools = pools.map((one) =>
    isObject(one) && one["name"] === pool ? { ...one, size: Number(value) } : one,
  );
  return { spec: { ...spec, nodePools } };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
