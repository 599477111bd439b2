/**
 * How a kubelet runs the pods of its node, one step at a time under the clock.
 *
 *     Pending ─► ContainerCreating ─(network, image)─► Running ─(readiness)─► Ready ─► Succeeded or Failed
 *     any ─deletionTimestamp─► terminating ─grace period─► gone
 */
import { nowText } from "../api/state.ts";
import type { Control } from "../controllers/control.ts";
import type { Node, Pod } from "../objects/object.ts";
import { behaviourOf } from "./behaviours.ts";
import type { Machine } from "./machine.ts";
import { addressIn, networkPluginOf } from "./network.ts";
import { creating, finished, restarted, running } from "./pod-status.ts";

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
  forget(): void;
}

interface Options {
  readonly control: Control;
  readonly machine: () => Machine;
  readonly index: number;
  readonly isOn: () => boolean;
  readonly isAlive: () => boolean;
  readonly networkReady: () => boolean;
  /** A network plugin has come up. */
  readonly onNetwork: () => void;
}

export function createPodRunner(options: Options): PodRunner {
  const { control, machine, isAlive } = options;
  const { state, queue, record } = control;
  const { store, clock } = state;
  const nodeName = machine().nodeName;
  const images = new Set<string>();
  // Pods by uid that have a next step under way, so that our own writes do not start it again.
  const under = new Set<string>();
  let plugin: string | undefined;
  let addresses = 1;

  const current = (pod: Pod) => {
    const found = store.get<Pod>("pods", pod.metadata.namespace, pod.metadata.name);
    return found?.metadata.uid === pod.metadata.uid ? found : undefined;
  };
  const about = (pod: Pod, reason: string, message: string) =>
    record({ about: pod, reason, message, component: "kubelet", host: nodeName });
  function step(pod: Pod, name: string, delayMs: number, run: (pod: Pod) => void) {
    under.add(pod.metadata.uid);
    queue.add(
      `pod/${pod.metadata.uid}/${name}`,
      () => {
        under.delete(pod.metadata.uid);
        const found = current(pod);
        // A silent kubelet does nothing; it looks at its pods again when it is back.
        if (
          found !== undefined &&
          isAlive() &&
          (found.metadata.deletionTimestamp === undefined || name === "kill")
        )
          run(found);
      },
      delayMs,
    );
  }

  function podIp(pod: Pod): string {
    if (pod.spec.hostNetwork === true) return machine().internalIp;
    if (pod.status.podIP !== undefined) return pod.status.podIP;
    addresses += 1;
    const cidr = store.get<Node>("nodes", undefined, nodeName)?.spec.podCIDR;
    const own = cidr === undefined ? undefined : addressIn(cidr, addresses);
    return own ?? addressIn(state.podCidr, options.index * 256 + addresses) ?? machine().internalIp;
  }

  function begin(pod: Pod) {
    const now = nowText(state);
    const made =
      pod.status.hostIP === undefined ? store.put("pods", creating(pod, machine().internalIp, now)) : pod;
    if (pod.spec.hostNetwork !== true && !options.networkReady()) return;
    const missing = pod.spec.containers.map(({ image }) => image).filter((image) => !images.has(image));
    const pullMs =
      missing.length === 0 ? 0 : PULL_MIN_MS + Math.floor(state.chance.fraction() * PULL_SPREAD_MS);
    step(made, "start", pullMs + START_MS, started);
  }
  function started(pod: Pod) {
    for (const { image } of pod.spec.containers) {
      about(
        pod,
        "Pulled",
        images.has(image)
          ? `Container image "${image}" already present on machine`
          : `Successfully pulled image "${image}"`,
      );
      images.add(image);
    }
    for (const { name } of pod.spec.containers) about(pod, "Started", `Started container ${name}`);
    const probeMs = Math.max(
      0,
      ...pod.spec.containers.map((each) => (each.readinessProbe?.initialDelaySeconds ?? 0) * 1_000),
    );
    const place = { hostIp: machine().internalIp, podIp: podIp(pod) };
    const next = store.put("pods", running(pod, place, nowText(state), probeMs === 0));
    if (probeMs > 0)
      step(next, "ready", probeMs, (later) =>
        ready(store.put("pods", running(later, place, nowText(state), true))),
      );
    else ready(next);
  }
  function ready(pod: Pod) {
    const found = networkPluginOf(pod);
    if (found !== undefined && plugin === undefined) {
      plugin = found;
      options.onNetwork();
    }
    const behaviour = behaviourOf(pod);
    if (behaviour !== undefined) step(pod, "finish", behaviour.runMs, (later) => finish(later));
  }
  function finish(pod: Pod) {
    const outcome = behaviourOf(pod)?.finish(control, pod);
    if (outcome !== undefined)
      store.put("pods", finished(pod, nowText(state), outcome.exitCode, outcome.log));
  }

  function terminate(pod: Pod) {
    if (!under.has(pod.metadata.uid))
      for (const { name } of pod.spec.containers) about(pod, "Killing", `Stopping container ${name}`);
    const leftMs = Date.parse(pod.metadata.deletionTimestamp ?? "") - clock.nowMs();
    step(pod, "kill", Math.max(0, leftMs), (last) => {
      const finalizers = last.metadata.finalizers ?? [];
      if (finalizers.length === 0) store.remove("pods", last);
      else store.put("pods", { ...last, metadata: { ...last.metadata, deletionGracePeriodSeconds: 0 } });
    });
  }
  function changed(pod: Pod) {
    if (!isAlive()) return;
    if (pod.metadata.deletionTimestamp !== undefined) return terminate(pod);
    if (under.has(pod.metadata.uid)) return;
    const phase = pod.status.phase ?? "Pending";
    if (phase === "Pending") step(pod, "begin", pod.status.hostIP === undefined ? SANDBOX_MS : 0, begin);
    else if (
      phase === "Running" &&
      pod.status.containerStatuses?.some((each) => each.state["waiting"] !== undefined) === true
    )
      step(pod, "start", START_MS, started);
  }

  return {
    changed(pod) {
      // A pod that waits for the network is looked at when the network is there, not at every write.
      const waits =
        pod.status.hostIP !== undefined &&
        pod.status.phase === "Pending" &&
        pod.metadata.deletionTimestamp === undefined;
      if (waits && !under.has(pod.metadata.uid) && pod.spec.hostNetwork !== true && !options.networkReady())
        return;
      changed(pod);
    },
    removed(pod) {
      under.delete(pod.metadata.uid);
      for (const name of ["begin", "start", "ready", "finish", "kill"])
        queue.cancel(`pod/${pod.metadata.uid}/${name}`);
    },
    networkIsReady() {
      for (const pod of store.podsOn(nodeName)) if (pod.status.phase === "Pending") changed(pod);
    },
    hasNetworkPlugin: () => plugin !== undefined,
    pluginName: () => plugin,
    images: () => [...images],
    machineStopped() {
      // A network configuration outlives a reboot on disk, but no agent serves it until its pod is back.
      plugin = undefined;
      for (const uid of [...under])
        for (const name of ["begin", "start", "ready", "finish", "kill"]) queue.cancel(`pod/${uid}/${name}`);
      under.clear();
    },
    machineStarted() {
      const now = nowText(state);
      for (const pod of store.podsOn(nodeName))
        if (pod.status.phase === "Running") store.put("pods", restarted(pod, now));
    },
    forget() {
      under.clear();
    },
  };
}
