/**
 * A cluster's own API may say anything: whoever owns its machines answers in its stead. What cannot be made sense of is
 * unseen, and ends no pass: the cluster's machines are looked after, and deleted, all the same.
 */
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import type { Action, ManagedKind, Named } from "../resource.ts";

/** Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const NAME_LENGTH_MAX = 253;
/** No name in a path holds them. Source: the same, path segment names. */
const NO_SEGMENT = /[/%]/;

/** At most `most` objects as every list holds them: millions would keep the process from all other clusters. @throws CloudError */
export function checkItems(items: unknown, most: number, target: string): void {
  if (!Array.isArray(items) || items.length > most || !items.every(isObject)) throw nonsense(target);
}

/** For kinds that are observed inside of a cluster. */
export function distrusting<D extends Named, O extends Named, A extends Action>(
  kind: ManagedKind<D, O, A>,
): ManagedKind<D, O, A> {
  const { observeAgain } = kind;
  return {
    ...kind,
    observe: async (cloud, cluster) => {
      try {
        return await makingSense(kind.kind, kind.observe(cloud, cluster));
      } catch (error) {
        // Nothing that is left could be deleted through it.
        if (cluster.deleting && isCloudError(error, "invalid")) return [];
        throw error;
      }
    },
    ...(observeAgain === undefined
      ? {}
      : { observeAgain: (...args) => makingSense(kind.kind, observeAgain(...args)) }),
    plan: (input) => {
      try {
        return kind.plan(input);
      } catch {
        const reason = "the cluster's Kubernetes API to answer what can be made sense of";
        const waiting = input.cluster.deleting ? [] : [{ key: kind.kind, reason }];
        return { actions: [], waiting, problems: [] };
      }
    },
  };
}

/** @throws CloudError whatever goes wrong */
export async function makingSense<T>(target: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isCloudError(error) ? error : nonsense(target, error);
  }
}

function nonsense(target: string, cause?: unknown): CloudError {
  const message = `The cluster's Kubernetes API answered what cannot be made sense of (${target}): see who answers at its address.`;
  return new CloudError("invalid", message, { target, cause });
}

function isObject(item: unknown): boolean {
  const metadata = isMap(item) ? item["metadata"] : undefined;
  if (!isMap(metadata) || !isName(metadata["name"]) || !isName(metadata["namespace"] ?? "none")) return false;
  return isTexts(metadata["labels"]) && isTexts(metadata["annotations"]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isName(value: unknown): boolean {
  return (
    typeof value === "string" && value !== "" && value.length <= NAME_LENGTH_MAX && !NO_SEGMENT.test(value)
  );
}
function isTexts(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isMap(value) && Object.values(value).every((text) => typeof text === "string");
}
