/**
 * A simulated kubelet: registers its node, renews its lease without storing every renewal, and runs the node's pods.
 *
 *     off ─start─► on ─hang─► hung ─resume─► on ─stop─► off
 *     A silent kubelet (off or hung) changes nothing; the node lifecycle controller notices its lease.
 */

import { newMetadata, newUid, nowText } from "./api/state.ts";
import type { Control } from "./controllers/control.ts";
import {
  type Condition,
  type KubeObject,
  microTimestamp,
  type Node,
  type Pod,
  timestamp,
  withCondition,
} from "./objects/object.ts";
import {
  firstStatus,
  type Machine,
  NETWORK_NOT_READY,
  nodeInfo,
  nodeLabels,
  nodeTaints,
} from "./workloads/machine.ts";
import { createPodRunner, type PodRunner } from "./workloads/pod-runner.ts";

// kubelet defaults: nodeLeaseDurationSeconds 40, renewed every quarter of it; nodeStatusReportFrequency 5m.
export const LEASE_SECONDS = 40;
export const LEASE_RENEWAL_MS = 10_000;
const STATUS_REPORT_MS = 5 * 60_000;
export const NODE_LEASES = "kube-node-lease";
export const LEASES = "leases.coordination.k8s.io";

export interface Kubelet {
  readonly machine: Machine;
  readonly controlPlane: boolean;
  /** Runs and talks to the API. */
  isAlive(): boolean;
  /** The machine is on, whether or not the kubelet answers. */
  isOn(): boolean;
  /** When it renewed its lease last. */
  renewedMs(): number;
  /** When it reported its status last. */
  reportedMs(): number;
  /** The machine loses power: everything on it stops. */
  stop(): void;
  /** The machine boots again; its pods start anew. Also registers the node when it is not there. */
  start(): void;
  /** A reboot: stop and start in one. */
  restart(): void;
  /** The kubelet alone is stuck; containers go on. */
  hang(): void;
  resume(): void;
  /** Reports a condition, e.g. DiskPressure or ReadonlyFilesystem; it stays until it is reported otherwise. */
  setCondition(condition: Pick<Condition, "type" | "status" | "reason" | "message">): void;
  /** A newer kubelet after a package upgrade and restart. */
  setVersion(kubeletVersion: string): void;
  /** podCIDR was set by somebody else; with host-local networking that is all it takes. */
  networkMayBeReady(): void;
  /** The machine is gone for good. */
  destroy(): void;
  readonly pods: PodRunner;
}

export interface KubeletOptions {
  readonly control: Control;
  readonly machine: Machine;
  readonly controlPlane: boolean;
  /** Told when the machine's power or the kubelet's health changes. */
  readonly onChange: (kubelet: Kubelet) => void;
  /** Its position in the cluster, for addresses of pods on nodes without a range of their own. */
  readonly index: number;
}

export function createKubelet(options: KubeletOptions): Kubelet {
  const { control, controlPlane, onChange } = options;
  const { state, queue, record } = control;
  const { clock, store } = state;
  let machine = options.machine;
  const { nodeName } = machine;
  const machineId = newUid(state);
  let bootId = newUid(state);
  let on = true;
  let hung = false;
  let aliveSinceMs = clock.nowMs();
  let silentSinceMs: number | undefined;
  const workKey = `kubelet/${nodeName}`;

  const node = () => store.get<Node>("nodes", undefined, nodeName);
  const isAlive = () => on && !hung;
  function lastTick(intervalMs: number) {
    const until = silentSinceMs ?? clock.nowMs();
    return aliveSinceMs + Math.floor((until - aliveSinceMs) / intervalMs) * intervalMs;
  }

  function register() {
    const now = nowText(state);
    if (node() === undefined) {
      const made = store.put<Node>("nodes", {
        kind: "Node",
        apiVersion: "v1",
        metadata: {
          ...newMetadata(state, nodeName),
          labels: nodeLabels(machine, controlPlane),
          annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
        },
        spec: { taints: nodeTaints(machine, controlPlane) },
        status: firstStatus(machine, { machineId, bootId }, now),
      });
      record({
        about: made,
        reason: "Starting",
        message: "Starting kubelet.",
        component: "kubelet",
        host: nodeName,
      });
      record({
        about: made,
        reason: "RegisteredNode",
        message: `Node ${nodeName} event: Registered Node ${nodeName} in Controller`,
        component: "node-controller",
      });
    }
    writeLease();
    report();
    for (const pod of store.podsOn(nodeName)) runner.changed(pod);
  }
  function writeLease() {
    const registered = node();
    if (registered === undefined) return;
    const before = store.get(LEASES, NODE_LEASES, nodeName);
    const owner = { apiVersion: "v1", kind: "Node", name: nodeName, uid: registered.metadata.uid };
    store.put(LEASES, {
      kind: "Lease",
      apiVersion: "coordination.k8s.io/v1",
      metadata: before?.metadata ?? {
        ...newMetadata(state, nodeName, NODE_LEASES),
        ownerReferences: [owner],
      },
      spec: {
        holderIdentity: nodeName,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: microTimestamp(lastTick(LEASE_RENEWAL_MS)),
      },
    });
  }

  function networkReady(): boolean {
    if (machine.network === "alias-ip") return node()?.spec.podCIDR !== undefined;
    return runner.hasNetworkPlugin();
  }
  /** Ready follows from the network; written only when something changes. */
  function report() {
    const before = node();
    if (before === undefined || !isAlive()) return;
    const ready = networkReady();
    const now = nowText(state);
    const condition: Condition = ready
      ? { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
      : { type: "Ready", status: "False", reason: "KubeletNotReady", message: NETWORK_NOT_READY };
    const wanted = [condition, ...(ready ? [networkCondition()] : []), ...extra.values()];
    let conditions = (before.status.conditions ?? []).map((each) =>
      each.status === "Unknown" ? { ...each, ...healthy(each.type), lastTransitionTime: now } : each,
    );
    for (const each of wanted)
      conditions = withCondition(conditions, { ...each, lastHeartbeatTime: now }, now);
    const info = nodeInfo(machine, { machineId, bootId });
    const images = runner.images().map((name) => ({ names: [name], sizeBytes: IMAGE_BYTES }));
    const status = { ...before.status, conditions, nodeInfo: info, images };
    const wasReady = before.status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    const rebooted =
      before.status.nodeInfo?.["bootID"] !== undefined && before.status.nodeInfo["bootID"] !== bootId;
    store.put<Node>("nodes", { ...before, status });
    if (rebooted)
      record({
        about: before,
        type: "Warning",
        reason: "Rebooted",
        message: `Node ${nodeName} has been rebooted, boot id: ${bootId}`,
        component: "kubelet",
        host: nodeName,
      });
    if (ready && !wasReady) {
      record({
        about: before,
        reason: "NodeReady",
        message: `Node ${nodeName} status is now: NodeReady`,
        component: "kubelet",
        host: nodeName,
      });
      runner.networkIsReady();
    }
  }
  function networkCondition(): Condition {
    const plugin =
      machine.network === "alias-ip"
        ? "RouteCreated"
        : runner.pluginName() === "calico-node"
          ? "CalicoIsUp"
          : "CiliumIsUp";
    const message =
      plugin === "RouteCreated"
        ? "NodeController create implicit route"
        : `${plugin.slice(0, 6)} is running on this node`;
    return { type: "NetworkUnavailable", status: "False", reason: plugin, message };
  }
  const extra = new Map<string, Condition>();
  const soon = (delayMs = 0) => queue.add(`${workKey}/report`, report, delayMs);

  const runner = createPodRunner({
    control,
    machine: () => machine,
    index: options.index,
    isOn: () => on,
    isAlive,
    networkReady,
    onNetwork: soon,
  });

  function cameAlive() {
    aliveSinceMs = clock.nowMs();
    silentSinceMs = undefined;
  }
  function wentSilent() {
    silentSinceMs ??= clock.nowMs();
  }

  const self: Kubelet = {
    get machine() {
      return machine;
    },
    controlPlane,
    isAlive,
    isOn: () => on,
    renewedMs: () => lastTick(LEASE_RENEWAL_MS),
    reportedMs: () => lastTick(STATUS_REPORT_MS),
    stop() {
      if (!on) return;
      wentSilent();
      on = false;
      runner.machineStopped();
      onChange(self);
    },
    start() {
      if (on) return;
      on = true;
      hung = false;
      bootId = newUid(state);
      cameAlive();
      onChange(self);
      queue.add(`${workKey}/register`, () => {
        runner.machineStarted();
        register();
      });
    },
    restart() {
      self.stop();
      self.start();
    },
    hang() {
      if (!isAlive()) return;
      wentSilent();
      hung = true;
      onChange(self);
    },
    resume() {
      if (!hung) return;
      hung = false;
      cameAlive();
      onChange(self);
      queue.add(`${workKey}/register`, register);
    },
    setCondition(condition) {
      extra.set(condition.type, condition as Condition);
      soon();
    },
    setVersion(kubeletVersion) {
      machine = { ...machine, kubeletVersion };
      cameAlive();
      soon();
    },
    networkMayBeReady: () => soon(),
    destroy() {
      self.stop();
      runner.forget();
    },
    pods: runner,
  };
  queue.add(`${workKey}/register`, () => {
    // A new machine under the name of one that is gone: what was bound to the node starts anew on it, be its Node still
    // there or deleted a moment ago (its pods go 40 s later, unless a node of that name is back by then).
    if (node() !== undefined || store.podsOn(nodeName).some((pod) => !isMirror(pod))) runner.machineStarted();
    register();
  });
  return self;
}

// A typical image; nothing is pulled.
const IMAGE_BYTES = 60_000_000;

function healthy(type: string): Partial<Condition> {
  const words: Readonly<Record<string, [string, string]>> = {
    MemoryPressure: ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    DiskPressure: ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    PIDPressure: ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  };
  const [reason, message] = words[type] ?? [];
  return reason === undefined || message === undefined ? {} : { status: "False", reason, message };
}

/** What a reader sees of a lease or node that a kubelet keeps: its heartbeat as of now. */
export function presentHeartbeat(kubelet: Kubelet, resource: string, object: KubeObject): KubeObject {
  if (resource === LEASES)
    return { ...object, spec: { ...object.spec, renewTime: microTimestamp(kubelet.renewedMs()) } };
  const at = timestamp(kubelet.reportedMs());
  const conditions = ((object as Node).status.conditions ?? []).map((each) =>
    each.status === "Unknown" || (each.lastHeartbeatTime ?? "") >= at
      ? each
      : { ...each, lastHeartbeatTime: at },
  );
  return { ...object, status: { ...object.status, conditions } };
}

export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}
