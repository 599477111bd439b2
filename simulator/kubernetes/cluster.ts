/** One simulated Kubernetes cluster: its API, its controllers and its machines, all under one clock. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { tokenUser } from "./access/tokens.ts";
import { handle } from "./api/handle.ts";
import type { ApiAnswer, ApiRequest, User } from "./api/request.ts";
import type { CertificateAuthority, ClusterState } from "./api/state.ts";
import type { Control } from "./controllers/control.ts";
import { startControllers } from "./controllers/controllers.ts";
import { createRecorder } from "./controllers/recorder.ts";
import { createWorkQueue } from "./controllers/work-queue.ts";
import { type InitInput, initialize, type JoinInput, type JoinResult, joinRefusal } from "./kubeadm.ts";
import { createKubelet, type Kubelet, LEASES, NODE_LEASES, presentHeartbeat } from "./kubelet.ts";
import type { KubeObject, Pod } from "./objects/object.ts";
import { createResourceRegistry } from "./objects/resources.ts";
import { createEtcd, type Etcd } from "./storage/etcd.ts";
import { createRest, dormitoryOf } from "./storage/rest.ts";
import { createStore, type Store } from "./storage/store.ts";
import { createDeadParts, type Death, type Part } from "./workloads/dead-parts.ts";
import { type BootstrapToken, bootstrapTokenSecret } from "./workloads/kubeadm-objects.ts";
import { bringUp, configuredVersion, olderOf } from "./workloads/kubeadm-version.ts";
import { createLeaseTicker } from "./workloads/lease-ticker.ts";
import type { Machine } from "./workloads/machine.ts";
import { installServerObjects } from "./workloads/server-objects.ts";
import { ensureStaticPods, isMirror, PARTS_START_MS, settleStaticPods } from "./workloads/static-pods.ts";

export interface ClusterOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** `v1.36.4` */
  readonly version: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly ca: CertificateAuthority;
  /** kube-controller-manager --allocate-node-cidrs; kubeadm sets it when podSubnet is given. Default true. */
  readonly allocateNodeCidrs?: boolean;
  /** What the cloud says of a machine, for the cloud controller manager. Default: it runs. */
  readonly machineState?: (providerId: string) => "running" | "stopped" | "gone";
}

export interface KubernetesCluster {
  /** The in-process door. Answers at once, whether or not an API server could be reached: see apiServers(). */
  handle(request: ApiRequest): ApiAnswer;
  /** The user of a bearer token. */
  authenticate(token: string): User | undefined;
  /** Names of the machines whose API server runs. None: nobody answers. */
  apiServers(): readonly string[];
  /** `kubeadm init` on the first control-plane machine. Throws when the cluster has been initialised. */
  kubeadmInit(input: InitInput): Kubelet;
  /**
   * `kubeadm init` on a machine whose disk holds the data of the only member: it takes the cluster up, at the version of the
   * machine's own kubeadm.
   */
  kubeadmInitAgain(machine: Machine): void;
  /** `kubeadm join` on another machine; what it says when it fails. */
  kubeadmJoin(input: JoinInput): JoinResult;
  kubelet(nodeName: string): Kubelet | undefined;
  kubelets(): readonly Kubelet[];
  /** A token as `kubeadm token create` makes it. */
  addBootstrapToken(token: BootstrapToken): void;
  /** The control plane's new version; its static pods are replaced. */
  upgrade(version: string): void;
  /** A part of a control-plane machine crashes from now on, while its kubelet goes on. */
  killPart(nodeName: string, part: Part, death?: Death): void;
  /** Somebody mended what was dead on it, without a boot. */
  mendParts(nodeName: string): void;
  readonly etcd: Etcd;
  readonly store: Store;
  readonly state: ClusterState;
  /** Cancels everything that is still to happen. */
  stop(): void;
}

// What a joining control plane takes to pull and start its static pods, and to be promoted from learner.
const CONTROL_PLANE_START_MS = 15_000;
const ETCD_PROMOTION_MS = 5_000;

/** What kubeadm says of an etcd that panics for data that it lost, or serves another member's. */
const NEVER_WELL = "timeout waiting for etcd cluster to be available";
const peerUrlOf = ({ internalIp }: Machine): string => `https://${internalIp}:2380`;

export function createKubernetesCluster(options: ClusterOptions): KubernetesCluster {
  const { clock, chance } = options;
  const etcd = createEtcd();
  const store = createStore(() => rest.used());
  const kubelets = new Map<string, Kubelet>();
  const serving = new Set<string>();
  const state: ClusterState = {
    clock,
    chance,
    store,
    etcd,
    registry: createResourceRegistry(),
    version: options.version,
    serverVersions: new Map(),
    deadParts: createDeadParts(),
    podCidr: options.podCidr,
    serviceCidr: options.serviceCidr,
    ca: options.ca,
    present,
    watching: (resource) => ticker.watching(resource),
  };
  const queue = createWorkQueue(clock, () => etcd.hasQuorum());
  const rest = createRest(clock, dormitoryOf(clock), store, (run, delayMs) =>
    queue.add("rest", run, delayMs),
  );
  const control: Control = { state, queue, record: createRecorder(state, queue) };
  const ticker = createLeaseTicker(control, () => [...kubelets.values()]);
  const controllers = startControllers(control, {
    kubelet: (name) => kubelets.get(name),
    allocateNodeCidrs: options.allocateNodeCidrs ?? true,
    machineState: options.machineState ?? (() => "running"),
  });
  etcd.onQuorum((quorum) => quorum && queue.resume());
  let created = 0;

  function present(resource: string, object: KubeObject): KubeObject {
    const kept = resource === "nodes" || (resource === LEASES && object.metadata.namespace === NODE_LEASES);
    const kubelet = kept ? kubelets.get(object.metadata.name) : undefined;
    return kubelet === undefined ? object : presentHeartbeat(kubelet, resource, object);
  }

  store.subscribe("pods", ({ type, object, before }) => {
    const pod = object as Pod;
    const kubelet = kubelets.get(pod.spec.nodeName ?? "");
    if (kubelet === undefined) return;
    if (type !== "DELETED") return kubelet.pods.changed(pod);
    kubelet.pods.removed(before as Pod);
    if (isMirror(pod) && kubelet.isAlive())
      queue.add(`mirror/${kubelet.machine.nodeName}`, () => ensureStaticPods(state, kubelet.machine), 1_000);
  });

  store.subscribe("nodes", ({ type, object, before }) => {
    const block = object.spec?.["podCIDR"];
    if (type === "MODIFIED" && block !== undefined && before?.spec?.["podCIDR"] !== block)
      kubelets.get(object.metadata.name)?.networkMayBeReady();
  });

  /** A control-plane machine's power is its etcd member's and its API server's. */
  function powerChanged(kubelet: Kubelet) {
    const { nodeName } = kubelet.machine;
    if (!kubelet.isAlive()) controllers.nodes.silent(nodeName);
    if (!kubelet.controlPlane) return;
    if (!kubelet.isOn()) {
      if (kubelets.get(nodeName) === kubelet) state.deadParts.switchedOff(nodeName);
      serving.delete(nodeName);
      settleVersion();
      return etcd.setRunning(nodeName, false);
    }
    clock.after(PARTS_START_MS, () => {
      if (kubelets.get(nodeName) === kubelet) partsChanged(nodeName);
    });
  }
  /** Of a machine that is on: what of it is not dead runs. */
  function settleParts({ machine: { nodeName } }: Kubelet): void {
    const { deadParts } = state;
    etcd.setRunning(nodeName, !deadParts.isDead(nodeName, "etcd"));
    if (deadParts.isDead(nodeName, "kube-apiserver")) serving.delete(nodeName);
    else serving.add(nodeName);
    settleVersion();
  }
  function serves(nodeName: string): void {
    serving.add(nodeName);
    settleVersion();
  }
  /** Its kubelet reports it, as soon as it can. */
  function partsChanged(nodeName: string): void {
    const kubelet = kubelets.get(nodeName);
    if (kubelet?.isOn() !== true) return;
    settleParts(kubelet);
    queue.add(`parts/${nodeName}`, () => {
      if (kubelet.isAlive()) settleStaticPods(state, kubelet.machine);
    });
  }
  /** A balancer sends to any of them: what all of them know is what the oldest knows. */
  function settleVersion(): void {
    const versions = [...serving].flatMap((name) => state.serverVersions.get(name) ?? []);
    if (versions.length > 0) state.version = versions.reduce(olderOf);
  }
  function addKubelet(machine: Machine, controlPlane: boolean): Kubelet {
    kubelets.get(machine.nodeName)?.destroy();
    state.deadParts.forget(machine.nodeName);
    created += 1;
    const kubelet = createKubelet({ control, machine, controlPlane, onChange: powerChanged, index: created });
    kubelets.set(machine.nodeName, kubelet);
    return kubelet;
  }
  function addEtcdMember(machine: Machine) {
    const id = Buffer.from(chance.bytes(8)).toString("hex");
    return etcd.addMember({ name: machine.nodeName, peerUrl: peerUrlOf(machine), id });
  }
  /** kubeadm adds no member whose peer URL is listed; etcd then starts on what there is. @returns why it does not */
  function joinEtcd(machine: Machine, data: string | undefined): string | undefined {
    const listed = etcd.members().find(({ peerUrl }) => peerUrl === peerUrlOf(machine));
    if (listed?.id !== data) return NEVER_WELL;
    if (listed !== undefined) return undefined;
    const added = addEtcdMember(machine);
    return added.ok ? undefined : added.why;
  }
  function joinControlPlane(machine: Machine) {
    state.serverVersions.set(machine.nodeName, configuredVersion(state));
    const isOn = () => kubelets.get(machine.nodeName)?.isOn() === true;
    clock.after(ETCD_PROMOTION_MS, () => {
      if (!isOn()) return;
      etcd.setRunning(machine.nodeName, true);
      etcd.promote(machine.nodeName);
    });
    clock.after(CONTROL_PLANE_START_MS, () => {
      if (!isOn()) return;
      serves(machine.nodeName);
      queue.add(`mirror/${machine.nodeName}`, () => ensureStaticPods(state, machine));
    });
  }

  return {
    handle: (request) => handle(state, request),
    authenticate: (token) => tokenUser(state, token),
    apiServers: () => [...serving],
    kubeadmInit(input) {
      if (etcd.members().length > 0)
        throw new Error("the cluster has been initialised: join further machines with kubeadmJoin");
      addEtcdMember(input.machine);
      state.serverVersions.set(input.machine.nodeName, options.version);
      serves(input.machine.nodeName);
      installServerObjects(state);
      initialize(state, input);
      const kubelet = addKubelet(input.machine, true);
      queue.add(`mirror/${input.machine.nodeName}`, () => ensureStaticPods(state, input.machine));
      return kubelet;
    },
    kubeadmInitAgain(machine) {
      state.serverVersions.set(machine.nodeName, machine.kubeletVersion);
      addKubelet(machine, true);
      etcd.setRunning(machine.nodeName, true);
      serves(machine.nodeName);
      bringUp(state, machine.kubeletVersion);
      queue.add(`mirror/${machine.nodeName}`, () => ensureStaticPods(state, machine));
    },
    kubeadmJoin(input) {
      if (serving.size === 0)
        return {
          joined: false,
          output:
            "error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: connect: connection refused",
        };
      const refusal = joinRefusal(state, input);
      if (refusal !== undefined) return { joined: false, output: refusal };
      const { token: _token, caHash: _hash, controlPlane = false, etcdData, ...machine } = input;
      const trouble = controlPlane ? joinEtcd(machine, etcdData) : undefined;
      if (trouble !== undefined)
        return {
          joined: false,
          output: `error execution phase etcd-join: error creating local etcd static pod manifest file: ${trouble}`,
        };
      addKubelet(machine, controlPlane);
      if (controlPlane) joinControlPlane(machine);
      return { joined: true };
    },
    kubelet: (name) => kubelets.get(name),
    kubelets: () => [...kubelets.values()],
    addBootstrapToken: (token) => bootstrapTokenSecret(state, token),
    upgrade(version) {
      state.version = version;
      for (const name of serving) state.serverVersions.set(name, version);
      for (const kubelet of kubelets.values())
        if (kubelet.controlPlane)
          queue.add(`mirror/${kubelet.machine.nodeName}`, () => ensureStaticPods(state, kubelet.machine));
    },
    killPart(nodeName, part, death = "once") {
      state.deadParts.kill(nodeName, part, death, clock.nowMs());
      partsChanged(nodeName);
    },
    mendParts(nodeName) {
      if (state.deadParts.sinceMs(nodeName) === undefined) return;
      state.deadParts.forget(nodeName);
      partsChanged(nodeName);
    },
    etcd,
    store,
    state,
    stop() {
      rest.end();
      queue.stop();
      ticker.stop();
    },
  };
}
