/** Events, as components record them: repeated ones are counted, old ones forgotten. */
import { type ClusterState, newMetadata, nowText } from "../api/state.ts";
import type { KubeObject } from "../objects/object.ts";

// kube-apiserver --event-ttl, default 1h.
const EVENT_LIFETIME_MS = 60 * 60_000;
/** So that a cluster of thousands of nodes does not fill the memory; the oldest go first. */
const EVENTS_MAX = 5_000;

export interface EventInput {
  readonly about: KubeObject;
  readonly type?: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** `kubelet`, `default-scheduler`, `deployment-controller`, … */
  readonly component: string;
  readonly host?: string;
}
export type Recorder = (event: EventInput) => void;

interface Recorded {
  readonly name: string;
  readonly namespace: string;
  readonly atMs: number;
}

export function createRecorder(state: ClusterState): Recorder {
  const known = new Map<string, Recorded>();
  let sequence = 0;
  function forget(key: string, { namespace, name }: Recorded) {
    known.delete(key);
    const event = state.store.get("events", namespace, name);
    if (event !== undefined) state.store.remove("events", event);
  }
  function forgetOld(nowMs: number) {
    for (const [key, event] of known) {
      if (nowMs - event.atMs < EVENT_LIFETIME_MS && known.size < EVENTS_MAX) return;
      forget(key, event);
    }
  }
  return ({ about, type = "Normal", reason, message, component, host }) => {
    if (!state.etcd.hasQuorum()) return;
    const nowMs = state.clock.nowMs();
    forgetOld(nowMs);
    const { name, uid } = about.metadata;
    const namespace = about.metadata.namespace ?? "default";
    const key = `${about.kind}/${uid}/${reason}/${message}/${component}`;
    const before = known.get(key);
    const stored = before && state.store.get("events", before.namespace, before.name);
    if (before !== undefined && stored !== undefined) {
      known.delete(key);
      known.set(key, { ...before, atMs: nowMs });
      state.store.put("events", {
        ...stored,
        count: Number(stored["count"] ?? 1) + 1,
        lastTimestamp: nowText(state),
      });
      return;
    }
    sequence += 1;
    const eventName = `${name}.${(nowMs * 1_000 + (sequence % 1_000)).toString(16)}${sequence.toString(16)}`;
    known.set(key, { name: eventName, namespace, atMs: nowMs });
    state.store.put("events", {
      kind: "Event",
      apiVersion: "v1",
      metadata: newMetadata(state, eventName, namespace),
      involvedObject: {
        kind: about.kind,
        ...(about.metadata.namespace === undefined ? {} : { namespace }),
        name,
        // Kubelets name their node by its name, not its uid; `kubectl describe node` asks for both.
        uid: about.kind === "Node" ? name : uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
      },
      reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: nowText(state),
      lastTimestamp: nowText(state),
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host ?? "",
    });
  };
}
