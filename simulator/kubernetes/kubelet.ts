/**
 * A simulated kubelet: registers its node, renews its lease without storing every renewal, and runs the node's pods.
 *
 *     off ─start─► on ─hang─► hung ─resume─► on ─stop─► off
 *     A silent kubelet (off or hung) changes nothing; the node lifecycle controller notices its lease.
 */

import { speedOf } from "../hasty-clock.ts";
import { newMetadata, newUid, nowText } from "./api/state.ts";
import type { Control } from "./controllers/control.ts";
import type { EventInput } from "./controllers/recorder.ts";
import {
  type Condition,
  conditionStatus,
  type KubeObject,
  microTimestamp,
  type Node,
  timestamp,
} from "./objects/object.ts";
import { firstStatus, type Machine, nodeInfo, nodeLabels, nodeTaints } from "./workloads/machine.ts";
import {
  imageOnNode,
  networkCondition,
  readyCondition,
  reportedConditions,
} from "./workloads/node-report.ts";
import { createPodRunner, type PodHost, type PodRunner } from "./workloads/pod-runner.ts";
import { isMirror } from "./workloads/static-pods.ts";

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

/** A class, for a world has a hundred thousand of them: methods of one prototype instead of thirty closures each. */
class SimulatedKubelet implements Kubelet, PodHost {
  readonly control: Control;
  readonly controlPlane: boolean;
  readonly index: number;
  readonly pods: PodRunner;
  readonly #onChange: (kubelet: Kubelet) => void;
  readonly #machineId: string;
  #machine: Machine;
  #bootId: string;
  #on = true;
  #hung = false;
  #aliveSinceMs: number;
  #silentSinceMs: number | undefined;
  /** Conditions that were reported from outside, by type. */
  #extra: Map<string, Condition> | undefined;

  constructor({ control, machine, controlPlane, onChange, index }: KubeletOptions) {
    this.control = control;
    this.controlPlane = controlPlane;
    this.index = index;
    this.#onChange = onChange;
    this.#machine = machine;
    this.#machineId = newUid(control.state);
    this.#bootId = newUid(control.state);
    this.#aliveSinceMs = control.state.clock.nowMs();
    this.pods = createPodRunner(this);
    this.#soon("register", () => {
      const { nodeName } = this.#machine;
      const { store } = control.state;
      // A new machine under the name of one that is gone: what was bound to the node starts anew on it, be its Node still
      // there or deleted a moment ago (its pods go 40 s later, unless a node of that name is back by then).
      if (this.#node() !== undefined || store.podsOn(nodeName).some((pod) => !isMirror(pod)))
        this.pods.machineStarted();
      this.#register();
    });
  }

  get machine(): Machine {
    return this.#machine;
  }
  isAlive(): boolean {
    return this.#on && !this.#hung;
  }
  isOn(): boolean {
    return this.#on;
  }
  renewedMs(): number {
    return this.#lastTick(LEASE_RENEWAL_MS);
  }
  reportedMs(): number {
    return this.#lastTick(STATUS_REPORT_MS);
  }
  stop(): void {
    if (!this.#on) return;
    this.#wentSilent();
    this.#on = false;
    this.pods.machineStopped();
    this.#onChange(this);
  }
  start(): void {
    if (this.#on) return;
    this.#on = true;
    this.#hung = false;
    this.#bootId = newUid(this.control.state);
    this.#cameAlive();
    this.#mountedAnew();
    this.#onChange(this);
    this.#soon("register", () => {
      this.pods.machineStarted();
      this.#register();
    });
  }
  restart(): void {
    this.stop();
    this.start();
  }
  hang(): void {
    if (!this.isAlive()) return;
    this.#wentSilent();
    this.#hung = true;
    this.#onChange(this);
  }
  resume(): void {
    if (!this.#hung) return;
    this.#hung = false;
    this.#cameAlive();
    this.#onChange(this);
    this.#soon("register", () => {
      this.#register();
      this.pods.heardAgain();
    });
  }
  setCondition(condition: Pick<Condition, "type" | "status" | "reason" | "message">): void {
    this.#extra ??= new Map();
    this.#extra.set(condition.type, condition as Condition);
    this.#reportSoon();
  }
  setVersion(kubeletVersion: string): void {
    this.#machine = { ...this.#machine, kubeletVersion };
    this.#cameAlive();
    this.#reportSoon();
  }
  networkMayBeReady(): void {
    this.#reportSoon();
  }
  destroy(): void {
    this.stop();
    this.pods.forget();
  }
  networkReady(): boolean {
    if (this.#machine.network === "alias-ip") return this.#node()?.spec.podCIDR !== undefined;
    return this.pods.hasNetworkPlugin();
  }
  /** A network plugin has come up. */
  onNetwork(): void {
    this.#reportSoon();
  }

  #node(): Node | undefined {
    return this.control.state.store.get<Node>("nodes", undefined, this.#machine.nodeName);
  }
  #lastTick(intervalMs: number): number {
    const { clock } = this.control.state;
    const until = this.#silentSinceMs ?? clock.nowMs();
    const everyMs = intervalMs / speedOf(clock);
    return this.#aliveSinceMs + Math.floor((until - this.#aliveSinceMs) / everyMs) * everyMs;
  }
  #cameAlive(): void {
    this.#aliveSinceMs = this.control.state.clock.nowMs();
    this.#silentSinceMs = undefined;
  }
  /** A boot checks the disk; node-problem-detector begins with what is well. */
  #mountedAnew(): void {
    const before = this.#extra?.get("ReadonlyFilesystem");
    if (before?.status !== "True") return;
    const reason = "FilesystemIsNotReadOnly";
    const message = "Filesystem is not read-only";
    this.#extra?.set(before.type, { ...before, status: "False", reason, message });
  }
  #wentSilent(): void {
    this.#silentSinceMs ??= this.control.state.clock.nowMs();
  }
  #soon(what: string, run: () => void): void {
    this.control.queue.add(`kubelet/${this.#machine.nodeName}/${what}`, run);
  }
  #reportSoon(): void {
    this.#soon("report", () => this.#report());
  }
  #ids() {
    return { machineId: this.#machineId, bootId: this.#bootId };
  }
  #tell(event: Omit<EventInput, "component">): void {
    this.control.record({ ...event, component: "kubelet", host: this.#machine.nodeName });
  }

  #register(): void {
    const { state, record } = this.control;
    const { nodeName } = this.#machine;
    const now = nowText(state);
    if (this.#node() === undefined) {
      const made = state.store.put<Node>("nodes", {
        kind: "Node",
        apiVersion: "v1",
        metadata: {
          ...newMetadata(state, nodeName),
          labels: nodeLabels(this.#machine, this.controlPlane),
          annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
        },
        spec: { taints: nodeTaints(this.#machine, this.controlPlane) },
        status: firstStatus(this.#machine, this.#ids(), now),
      });
      this.#tell({ about: made, reason: "Starting", message: "Starting kubelet." });
      record({
        about: made,
        reason: "RegisteredNode",
        message: `Node ${nodeName} event: Registered Node ${nodeName} in Controller`,
        component: "node-controller",
      });
    }
    this.#writeLease();
    this.#report();
    for (const pod of state.store.podsOn(nodeName)) this.pods.changed(pod);
  }
  #writeLease(): void {
    const { state } = this.control;
    const { nodeName } = this.#machine;
    const registered = this.#node();
    if (registered === undefined) return;
    const before = state.store.get(LEASES, NODE_LEASES, nodeName);
    const owner = { apiVersion: "v1", kind: "Node", name: nodeName, uid: registered.metadata.uid };
    state.store.put(LEASES, {
      kind: "Lease",
      apiVersion: "coordination.k8s.io/v1",
      metadata: before?.metadata ?? {
        ...newMetadata(state, nodeName, NODE_LEASES),
        ownerReferences: [owner],
      },
      spec: {
        holderIdentity: nodeName,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: microTimestamp(this.renewedMs()),
      },
    });
  }

  #conditions(ready: boolean): readonly Condition[] {
    const network = ready ? [networkCondition(this.#machine, this.pods.pluginName())] : [];
    return [readyCondition(ready), ...network, ...(this.#extra?.values() ?? [])];
  }
  /** Ready follows from the network; written only when something changes. */
  #report(): void {
    const { state } = this.control;
    const { nodeName } = this.#machine;
    const before = this.#node();
    if (before === undefined || !this.isAlive()) return;
    const ready = this.networkReady();
    const status = {
      ...before.status,
      conditions: reportedConditions(before.status.conditions ?? [], this.#conditions(ready), nowText(state)),
      nodeInfo: nodeInfo(this.#machine, this.#ids()),
      images: this.pods.images().map(imageOnNode),
    };
    const wasReady = conditionStatus(before, "Ready") === "True";
    const rebooted =
      before.status.nodeInfo?.["bootID"] !== undefined && before.status.nodeInfo["bootID"] !== this.#bootId;
    state.store.put<Node>("nodes", { ...before, status });
    if (rebooted)
      this.#tell({
        about: before,
        type: "Warning",
        reason: "Rebooted",
        message: `Node ${nodeName} has been rebooted, boot id: ${this.#bootId}`,
      });
    if (ready && !wasReady) {
      this.#tell({
        about: before,
        reason: "NodeReady",
        message: `Node ${nodeName} status is now: NodeReady`,
      });
      this.pods.networkIsReady();
    }
  }
}

export function createKubelet(options: KubeletOptions): Kubelet {
  return new SimulatedKubelet(options);
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
