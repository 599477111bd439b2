/**
 * How a kubelet runs the pods of its node, one step at a time under the clock.
 *
 *     Pending ─► ContainerCreating ─(network, image)─► Running ─(readiness)─► Ready ─► Succeeded or Failed
 *     any ─deletionTimestamp─► terminating ─grace period─► gone
 */
import { remembered } from "../../remembered.ts";
import { SmallSet } from "../../small-set.ts";
import { nowText } from "../api/state.ts";
import type { Control } from "../controllers/control.ts";
import type { Node, Pod } from "../objects/object.ts";
import { behaviourOf } from "./behaviours.ts";
import type { Machine } from "./machine.ts";
import { addressIn, networkPluginOf } from "./network.ts";
import {
  crashing,
  creating,
  finished,
  isCrashing,
  regainedContact,
  restarted,
  running,
} from "./pod-status.ts";
import { isMirror, PARTS_START_MS } from "./static-pods.ts";

// Around what a small image takes on a cloud machine: the sandbox, then the pull, then the start.
const SANDBOX_MS = 1_000;
const PULL_MIN_MS = 1_000;
const PULL_SPREAD_MS = 3_000;
const START_MS = 500;

export interface PodRunner {
  changed(pod: Pod): void;
  removed(pod: Pod): void;
  /** Pods that wait for a network go on. */
  networkIsReady(): void;
  hasNetworkPlugin(): boolean;
  pluginName(): string | undefined;
  images(): readonly string[];
  machineStopped(): void;
  machineStarted(): void;
  /** The kubelet alone was stuck, and is heard again. */
  heardAgain(): void;
  forget(): void;
}

/** The kubelet that the pods run under. */
export interface PodHost {
  readonly control: Control;
  readonly machine: Machine;
  /** Its position in the cluster, for addresses of pods on nodes without a range of their own. */
  readonly index: number;
  isAlive(): boolean;
  networkReady(): boolean;
  /** A network plugin has come up. */
  onNetwork(): void;
}

const STEPS = ["begin", "start", "ready", "finish", "kill"] as const;
type Step = (typeof STEPS)[number];

/** A class for the reason that the kubelet is one. */
class Runner implements PodRunner {
  readonly #host: PodHost;
  #images: readonly string[] = [];
  /** Pods by uid that have a next step under way, so that our own writes do not start it again. */
  readonly #under = new SmallSet<string>();
  #plugin: string | undefined;
  #addresses = 1;

  constructor(host: PodHost) {
    this.#host = host;
  }

  changed(pod: Pod): void {
    // A pod that waits for the network is looked at when the network is there, not at every write.
    const waits =
      pod.status.hostIP !== undefined &&
      pod.status.phase === "Pending" &&
      pod.metadata.deletionTimestamp === undefined;
    if (waits && !this.#isUnder(pod) && pod.spec.hostNetwork !== true && !this.#host.networkReady()) return;
    this.#look(pod);
  }
  removed(pod: Pod): void {
    this.#under.delete(pod.metadata.uid);
    this.#cancel(pod.metadata.uid);
  }
  networkIsReady(): void {
    for (const pod of this.#here()) if (pod.status.phase === "Pending") this.#look(pod);
  }
  hasNetworkPlugin(): boolean {
    return this.#plugin !== undefined;
  }
  pluginName(): string | undefined {
    return this.#plugin;
  }
  images(): readonly string[] {
    return this.#images;
  }
  machineStopped(): void {
    // A network configuration outlives a reboot on disk, but no agent serves it until its pod is back.
    this.#plugin = undefined;
    for (const uid of this.#under) this.#cancel(uid);
    this.forget();
  }
  machineStarted(): void {
    const now = nowText(this.#state);
    for (const pod of this.#here())
      if (pod.status.phase === "Running") this.#state.store.put("pods", restarted(pod, now));
  }
  heardAgain(): void {
    const now = nowText(this.#state);
    for (const pod of this.#here()) {
      // What died while the kubelet was stuck is the first that it says.
      if (this.#isDead(pod)) {
        if (!isCrashing(pod)) this.#state.store.put("pods", crashing(pod, now));
        continue;
      }
      const well = regainedContact(pod, now);
      this.#caughtUp(well === undefined ? pod : this.#state.store.put("pods", well));
    }
  }
  /** A step whose moment came while the kubelet was stuck is taken now. */
  #caughtUp(pod: Pod): void {
    if (this.#isUnder(pod)) return;
    const { phase, containerStatuses = [] } = pod.status;
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    const runs =
      phase === "Running" && containerStatuses.every(({ state }) => state["running"] !== undefined);
    if (isGoing || !runs) this.#look(pod);
    else if (containerStatuses.every(({ ready }) => ready)) this.#ready(pod);
    else this.#step(pod, "ready", 0, (later) => this.#ready(this.#running(later, true)));
  }
  #running(pod: Pod, isReady: boolean): Pod {
    const place = { hostIp: this.#host.machine.internalIp, podIp: this.#podIp(pod) };
    return this.#state.store.put("pods", running(pod, place, nowText(this.#state), isReady));
  }
  forget(): void {
    for (const uid of this.#under) this.#under.delete(uid);
  }

  get #state() {
    return this.#host.control.state;
  }
  #here(): readonly Pod[] {
    return this.#state.store.podsOn(this.#host.machine.nodeName);
  }
  #isUnder(pod: Pod): boolean {
    return this.#under.has(pod.metadata.uid);
  }
  #cancel(uid: string): void {
    for (const name of STEPS) this.#host.control.queue.cancel(`pod/${uid}/${name}`);
  }
  #current(pod: Pod): Pod | undefined {
    const found = this.#state.store.get<Pod>("pods", pod.metadata.namespace, pod.metadata.name);
    return found?.metadata.uid === pod.metadata.uid ? found : undefined;
  }
  #tell(pod: Pod, reason: string, message: string): void {
    const { control, machine } = this.#host;
    control.record({ about: pod, reason, message, component: "kubelet", host: machine.nodeName });
  }
  #step(pod: Pod, name: Step, delayMs: number, run: (pod: Pod) => void): void {
    const { uid } = pod.metadata;
    this.#under.add(uid);
    const take = () => {
      this.#under.delete(uid);
      const found = this.#current(pod);
      if (found === undefined) return;
      // A silent kubelet does nothing; it looks at its pods again when it is back.
      const goes = found.metadata.deletionTimestamp === undefined || name === "kill";
      if (this.#host.isAlive() && goes) run(found);
    };
    this.#host.control.queue.add(`pod/${uid}/${name}`, take, delayMs);
  }

  #look(pod: Pod): void {
    if (!this.#host.isAlive()) return;
    if (pod.metadata.deletionTimestamp === undefined) this.#goOn(pod);
    else this.#terminate(pod);
  }
  #goOn(pod: Pod): void {
    if (this.#isUnder(pod) || (isCrashing(pod) && this.#isDead(pod))) return;
    const phase = pod.status.phase ?? "Pending";
    if (phase === "Pending")
      this.#step(pod, "begin", pod.status.hostIP === undefined ? SANDBOX_MS : 0, (next) => this.#begin(next));
    else if (
      phase === "Running" &&
      pod.status.containerStatuses?.some((each) => each.state["waiting"] !== undefined) === true
    )
      this.#step(pod, "start", START_MS, (next) => this.#started(next));
  }
  #begin(pod: Pod): void {
    const { store, chance } = this.#state;
    const { internalIp } = this.#host.machine;
    const made =
      pod.status.hostIP === undefined
        ? store.put("pods", creating(pod, internalIp, nowText(this.#state)))
        : pod;
    if (pod.spec.hostNetwork !== true && !this.#host.networkReady()) return;
    const there = pod.spec.containers.every(({ image }) => this.#images.includes(image));
    const pullMs = there ? 0 : PULL_MIN_MS + Math.floor(chance.fraction() * PULL_SPREAD_MS);
    this.#step(made, "start", pullMs + START_MS, (next) => this.#started(next));
  }
  #isDead(pod: Pod): boolean {
    const [container] = pod.spec.containers;
    return this.#state.deadParts.isDead(this.#host.machine.nodeName, container?.name ?? "");
  }
  #started(pod: Pod): void {
    if (this.#isDead(pod)) {
      this.#state.store.put("pods", crashing(pod, nowText(this.#state)));
      return;
    }
    for (const { image } of pod.spec.containers) {
      const isThere = this.#images.includes(image);
      this.#tell(pod, "Pulled", isThere ? presentText(image) : pulledText(image));
      if (!isThere) this.#images = this.#images.concat(image);
    }
    for (const { name } of pod.spec.containers) this.#tell(pod, "Started", startedText(name));
    const probeMs = Math.max(
      isMirror(pod) ? PARTS_START_MS : 0,
      ...pod.spec.containers.map((each) => (each.readinessProbe?.initialDelaySeconds ?? 0) * 1_000),
    );
    const next = this.#running(pod, probeMs === 0);
    if (probeMs > 0) this.#step(next, "ready", probeMs, (later) => this.#ready(this.#running(later, true)));
    else this.#ready(next);
  }
  #podIp(pod: Pod): string {
    const { machine, index } = this.#host;
    if (pod.spec.hostNetwork === true) return machine.internalIp;
    if (pod.status.podIP !== undefined) return pod.status.podIP;
    this.#addresses += 1;
    const cidr = this.#state.store.get<Node>("nodes", undefined, machine.nodeName)?.spec.podCIDR;
    const own = cidr === undefined ? undefined : addressIn(cidr, this.#addresses);
    return own ?? addressIn(this.#state.podCidr, index * 256 + this.#addresses) ?? machine.internalIp;
  }
  #ready(pod: Pod): void {
    const found = networkPluginOf(pod);
    if (found !== undefined && this.#plugin === undefined) {
      this.#plugin = found;
      this.#host.onNetwork();
    }
    const behaviour = behaviourOf(pod);
    if (behaviour !== undefined) this.#step(pod, "finish", behaviour.runMs, (later) => this.#finish(later));
  }
  #finish(pod: Pod): void {
    const outcome = behaviourOf(pod)?.finish(this.#host.control, pod);
    if (outcome !== undefined)
      this.#state.store.put("pods", finished(pod, nowText(this.#state), outcome.exitCode, outcome.log));
  }
  #terminate(pod: Pod): void {
    if (!this.#isUnder(pod))
      for (const { name } of pod.spec.containers) this.#tell(pod, "Killing", `Stopping container ${name}`);
    const leftMs = Date.parse(pod.metadata.deletionTimestamp ?? "") - this.#state.clock.nowMs();
    this.#step(pod, "kill", Math.max(0, leftMs), (last) => {
      const { store } = this.#state;
      const finalizers = last.metadata.finalizers ?? [];
      if (finalizers.length === 0) store.remove("pods", last);
      else store.put("pods", { ...last, metadata: { ...last.metadata, deletionGracePeriodSeconds: 0 } });
    });
  }
}

export function createPodRunner(host: PodHost): PodRunner {
  return new Runner(host);
}

// Texts of which every node has one.
const presentText = remembered((image) => `Container image "${image}" already present on machine`);
const pulledText = remembered((image) => `Successfully pulled image "${image}"`);
const startedText = remembered((name) => `Started container ${name}`);
