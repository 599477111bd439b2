/** Events, as components record them: repeated ones are counted, old ones forgotten. */
import { remembered } from "../../remembered.ts";
import { type ClusterState, newMetadata, nowText } from "../api/state.ts";
import type { Dict, KubeObject } from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";
import type { WorkQueue } from "./work-queue.ts";

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

/** An event that may be seen again. */
interface Recorded {
  /** Of what it is about. */
  readonly uid: string;
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly namespace: string;
  /** The event's own. */
  readonly name: string;
  lastMs: number;
}

/** The same for all events of a component on a host. */
const sourceOf = remembered((text) => {
  const [component = "", host] = text.split("\n");
  return sealed({ component, ...(host === undefined ? {} : { host }) });
});

function involved({ kind, apiVersion, metadata }: KubeObject): Dict {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    // Kubelets name their node by its name, not its uid; `kubectl describe node` asks for both.
    uid: kind === "Node" ? name : uid,
    apiVersion,
    resourceVersion,
  };
}

export function createRecorder(state: ClusterState, queue: WorkQueue): Recorder {
  // Oldest first, as they are kept; and by what they are about, to find the one that has come again.
  const order = new Set<Recorded>();
  const byObject = new Map<string, Recorded[]>();
  let sequence = 0;
  function drop(recorded: Recorded) {
    order.delete(recorded);
    const left = byObject.get(recorded.uid)?.filter((each) => each !== recorded) ?? [];
    if (left.length === 0) byObject.delete(recorded.uid);
    else byObject.set(recorded.uid, left);
  }
  function stored({ namespace, name }: Recorded): KubeObject | undefined {
    return state.store.get("events", namespace, name);
  }
  function forgetOld(nowMs: number) {
    for (const recorded of order) {
      if (nowMs - recorded.lastMs < EVENT_LIFETIME_MS && order.size < EVENTS_MAX) return;
      drop(recorded);
      const event = stored(recorded);
      if (event !== undefined) state.store.remove("events", event);
    }
  }
  /** Also while nothing happens: a cluster at rest has no events. */
  function expire() {
    const nowMs = state.clock.nowMs();
    forgetOld(nowMs);
    for (const { lastMs } of order) return expireIn(lastMs + EVENT_LIFETIME_MS - nowMs);
  }
  const expireIn = (delayMs: number) => queue.add("events", expire, delayMs);

  function keep(recorded: Recorded) {
    expireIn(EVENT_LIFETIME_MS);
    order.add(recorded);
    const beside = byObject.get(recorded.uid);
    if (beside === undefined) byObject.set(recorded.uid, [recorded]);
    else beside.push(recorded);
  }
  function found({ about, reason, message, component }: EventInput): Recorded | undefined {
    return byObject
      .get(about.metadata.uid)
      ?.find((each) => each.reason === reason && each.message === message && each.component === component);
  }
  return (input) => {
    if (!state.etcd.hasQuorum()) return;
    const nowMs = state.clock.nowMs();
    forgetOld(nowMs);
    const before = found(input);
    const event = before && stored(before);
    if (before !== undefined && event !== undefined) {
      order.delete(before);
      order.add(before);
      before.lastMs = nowMs;
      const count = Number(event["count"] ?? 1) + 1;
      state.store.put("events", { ...event, count, lastTimestamp: nowText(state) });
      return;
    }
    if (before !== undefined) drop(before);
    const { about, type = "Normal", reason, message, component, host } = input;
    const namespace = about.metadata.namespace ?? "default";
    sequence += 1;
    const name = `${about.metadata.name}.${(nowMs * 1_000 + (sequence % 1_000)).toString(16)}${sequence.toString(16)}`;
    state.store.put("events", {
      kind: "Event",
      apiVersion: "v1",
      metadata: newMetadata(state, name, namespace),
      involvedObject: involved(about),
      reason,
      message,
      source: sourceOf(host === undefined ? component : `${component}\n${host}`),
      firstTimestamp: nowText(state),
      lastTimestamp: nowText(state),
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host ?? "",
    });
    keep({ uid: about.metadata.uid, reason, message, component, namespace, name, lastMs: nowMs });
  };
}
