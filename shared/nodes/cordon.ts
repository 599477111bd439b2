/**
 * Whose a cordon is. Ours carries its reason and its beginning on the Node, so that a drain is known from the cluster
 * alone, whoever began it; any other cordon is a person's and stays.
 *
 *   none ─cordon─► ours ─uncordon─► none        others: never touched
 */

/** Says that a cordon is ours, and why it is there. */
export const CORDON_REASON_ANNOTATION = "clusterwright.dev/cordoned-because";
/** RFC 3339: when the drain began; its deadline counts from here. */
export const CORDON_SINCE_ANNOTATION = "clusterwright.dev/cordoned-since";

export type Cordon =
  | { readonly by: "nobody" }
  | { readonly by: "us"; readonly reason: string; readonly sinceMs: number }
  | { readonly by: "others" };

export function cordonOf(
  unschedulable: boolean,
  annotations: Readonly<Record<string, string>> | undefined,
): Cordon {
  if (!unschedulable) return { by: "nobody" };
  const reason = annotations?.[CORDON_REASON_ANNOTATION];
  const sinceMs = Date.parse(annotations?.[CORDON_SINCE_ANNOTATION] ?? "");
  // One that somebody has edited beyond reading is no longer ours.
  return reason === undefined || Number.isNaN(sinceMs) ? { by: "others" } : { by: "us", reason, sinceMs };
}

/** A JSON merge patch of a Node. With its resourceVersion, a Node that changed meanwhile refuses it. */
export interface CordonPatch {
  readonly metadata: {
    readonly resourceVersion?: string;
    /** null takes one away. */
    readonly annotations: Readonly<Record<string, string | null>>;
  };
  readonly spec: { readonly unschedulable: boolean };
}

export function cordonPatch(reason: string, nowMs: number, resourceVersion: string | undefined): CordonPatch {
  const annotations = {
    [CORDON_REASON_ANNOTATION]: reason,
    [CORDON_SINCE_ANNOTATION]: new Date(nowMs).toISOString(),
  };
  return {
    metadata: { ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations },
    spec: { unschedulable: true },
  };
}

export function uncordonPatch(resourceVersion: string | undefined): CordonPatch {
  const annotations = { [CORDON_REASON_ANNOTATION]: null, [CORDON_SINCE_ANNOTATION]: null };
  return {
    metadata: { ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations },
    spec: { unschedulable: false },
  };
}
