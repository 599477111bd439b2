/** What a managed resource is: four functions over facts, in one file a kind. */
import type { Cause } from "../nodes/cause.ts";
import type { CommandNews } from "../nodes/commands.ts";
import type { ComputeReader, ComputeWriter } from "../ports/compute.ts";
import type { Operation } from "../ports/compute-types.ts";
import type { KubernetesAccess, KubernetesTransport } from "../ports/kubernetes.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { Care, Kept, PoolCare, Repair } from "../status/care.ts";
import type { Disruption } from "../status/disruption.ts";
import type { Reason } from "../status/reasons.ts";
import type { KubernetesFacts } from "./kubernetes-facts.ts";

export type { KubernetesFacts, MemberPart, NodeFacts, NodeTrouble } from "./kubernetes-facts.ts";

/** One cluster in one pass: its accepted spec, what was decided about it earlier, and what this pass has learned. */
export interface Cluster {
  /** The document's id, and the spec's name. */
  readonly id: string;
  /** Six characters [a-z0-9], chosen once at the first acceptance; part of every resource's name and marker. */
  readonly uid: string;
  readonly spec: ClusterSpec;
  readonly pins: Pins;
  readonly facts: Facts;
  /** Incidents, commands, pauses and what else the care of nodes remembers; absent while there is nothing. */
  readonly care?: Care;
  /** Set when the cluster shall go: nothing is desired any more. */
  readonly deleting: boolean;
  /**
   * How much faster than Google's own a simulated cloud's machines are: what is unhealthy there is so for as many times
   * shorter, and is mended as many times sooner. Absent for the real cloud.
   */
  readonly haste?: number;
  /** Base URL of the node-join function, also the audience of the machines' identity tokens. */
  readonly joinUrl: string;
}

/** Decisions that outlive a pass although the spec leaves them open. */
export interface Pins {
  /** The exact patch behind `kubernetes.version`. */
  readonly kubernetesVersion: string;
  /** Image URL by operating system or golden image name, so that a new image in a family is a deliberate rollout. */
  readonly images: Readonly<Record<string, string>>;
  /** True once the first control-plane machine has made the cluster; every later machine joins it. */
  readonly initialised?: boolean;
  /** An upgrade of Kubernetes under way; absent while there is none. */
  readonly upgrade?: UpgradePins | undefined;
}
export interface UpgradePins {
  /** The version that it began at. */
  readonly from: string;
  /** The version of the nodes' templates and of what runs inside: the control plane's, once all its machines have that. */
  readonly nodes: string;
}

/** What observation taught; absent while unknown. */
export interface Facts {
  /** When this look began. */
  readonly lookedMs?: number;
  /** The internal load balancer's address: what nodes call. */
  readonly apiInternalAddress?: string;
  /** The external load balancer's address, when the API is public. */
  readonly apiExternalAddress?: string;
  /** `sha256:` and 64 hex digits over the DER SubjectPublicKeyInfo of the cluster's CA. */
  readonly caHash?: string;
  /** Our own client certificate for the cluster's API. */
  readonly credentials?: Credentials;
  /** Control-plane machines that exist, by member index. */
  readonly controlPlane?: readonly ControlPlaneMachine[];
  /** Reserved addresses of control-plane members that exist. */
  readonly memberAddresses?: readonly { readonly member: number; readonly address: string }[];
  /** etcd disks that exist. A disk says where its member's machine must be. */
  readonly etcdDisks?: readonly EtcdDisk[];
  /** Zones that had no capacity a moment ago: not chosen for machines that do not exist yet. */
  readonly blockedZones?: readonly string[];
  /** What kubeadm's own configuration in the cluster says; looked at only while machines of the control plane change. */
  readonly kubeadm?: KubeadmFacts;
  /** What kubeadm installs inside of the cluster, but for images from elsewhere; looked at as `kubeadm` is. */
  readonly kubeadmAddons?: readonly KubeadmAddon[];
  /** Paths of the machines that are in the API's instance groups. */
  readonly groupMembers?: readonly string[];
  /** Paths of the backend services that forwarding rules send to: they cannot be deleted. */
  readonly forwardedTo?: readonly string[];
  /** Paths of the instance groups that backend services balance over: they cannot be deleted. */
  readonly balancedGroups?: readonly string[];
  /** Paths of the snapshot schedules that etcd's disks have: they cannot be deleted. */
  readonly usedPolicies?: readonly string[];
  /** Paths of the instance templates that managed groups or their machines were made from. */
  readonly usedTemplates?: readonly string[];
  /** By path of an instance template, what of it only another machine takes, in one text. */
  readonly templateMakes?: ReadonlyMap<string, string>;
  /**
   * Paths (`projects/p/zones/z/instances/i`) of all machines of the cluster, of its pools too; only when the list is
   * complete, for a Node whose machine is not in it is removed.
   */
  readonly machines?: readonly string[];
  /** When `machines` were listed. */
  readonly machinesMs?: number;
  /** How many of `machines` have no public address. */
  readonly privateMachines?: number;
  /** Those of `machines` that stop, as all do before they are deleted. */
  readonly stoppingMachines?: readonly string[];
  /** What the cloud says of each of `machines`, by path. */
  readonly machineStates?: ReadonlyMap<string, MachineState>;
  /** Failed machines that are kept, stopped, and belong to no pool any more: none of `machines`. */
  readonly kept?: readonly KeptMachine[];
  /** The pools' managed groups that are ours, those of pools that the spec no longer has too. */
  readonly groups?: readonly GroupFacts[];
  /** How to reach the cluster's Kubernetes API, once it has keys and an address. */
  readonly access?: KubernetesAccess;
  /** What the Kubernetes API said; absent while it does not answer. */
  readonly kubernetes?: KubernetesFacts;
}
export interface MachineState {
  /** Compute Engine's number: a machine made anew under the same name has another. */
  readonly instanceId: string;
  /** `RUNNING`, `STOPPING`, `TERMINATED`, … */
  readonly status: string;
  /** When it was switched on last. */
  readonly startedMs?: number;
  readonly createdMs?: number;
  /** It cannot be deleted before that is lifted. */
  readonly protected?: boolean;
  /** Whether Compute Engine restarts it after a host error: it was made so, whatever its pool says by now. */
  readonly restartsItself?: boolean;
  /** It failed and is kept to be looked into: it leaves its pool, or has left it at that moment. */
  readonly kept?: "leaving" | { readonly sinceMs: number };
  /** What a change of its labels must send along. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly labelFingerprint?: string;
  /** Maintenance of its host that Compute Engine announces. */
  readonly upcomingMaintenance?: UpcomingMaintenance;
}
export interface KeptMachine {
  readonly path: string;
  readonly pool: string;
  readonly sinceMs: number;
  readonly status: string;
}
export interface UpcomingMaintenance {
  readonly startMs: number;
  readonly endMs: number;
  /** `PLANNED_UPDATE`, `FAILURE_DISK`, … */
  readonly reasons: readonly string[];
  readonly canReschedule: boolean;
}
export interface GroupFacts {
  /** `projects/p/regions/r/instanceGroupManagers/g` */
  readonly path: string;
  readonly pool: string;
  readonly targetSize: number;
  /** Path of the template that new machines are made from. */
  readonly template: string;
  /** It has nothing left to do by itself. */
  readonly stable: boolean;
  /** Absent while the group is in order: as many machines as the spec asks for, all of its template, none on its way. */
  readonly machines?: readonly GroupMachine[];
}
export interface GroupMachine {
  /** `projects/p/zones/z/instances/i`; it may not exist yet. */
  readonly path: string;
  /** Path of the template that it was made from, when known. */
  readonly template?: string;
  /** Its deletion is under way. */
  readonly going: boolean;
  /** It runs, and its group lets it. One that was lost has a Node that looks Ready until its heartbeat runs out. */
  readonly running: boolean;
  /** Why the last attempt to make it failed. */
  readonly trouble?: string;
}
/** PEM throughout. */
export interface Credentials {
  readonly caCertificate: string;
  readonly caHash: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}
export interface ControlPlaneMachine {
  readonly member: number;
  readonly name: string;
  readonly zone: string;
  readonly selfLink: string;
  readonly internalAddress?: string;
  readonly running: boolean;
  /** When it was switched on last. */
  readonly startedMs?: number;
  /** The name of its type. */
  readonly machineType?: string;
  /** E-mail address of its account. */
  readonly serviceAccount?: string;
  /** Whether it has a public address. */
  readonly isPublic?: boolean;
  readonly isProtected?: boolean;
  /** What it was made from, as it says itself; absent on those of before that was written down. */
  readonly madeFrom?: MadeFrom;
}
/** Of a control-plane machine: what nobody can read from it later. */
export interface MadeFrom {
  readonly kubernetesVersion: string;
  readonly os: string;
  /** URL of the image. */
  readonly image?: string;
  /** The API's external address, which its certificates name. */
  readonly externalAddress?: string;
}
export interface KubeadmFacts {
  /** What joins as a member runs this version. */
  readonly kubernetesVersion: string;
  /** Names and addresses in certificates that are made anew. */
  readonly certSANs: readonly string[];
}
export interface KubeadmAddon {
  readonly name: "kube-proxy" | "CoreDNS";
  /** Of its image. */
  readonly version: string;
}
export interface EtcdDisk {
  readonly member: number;
  readonly zone: string;
  /** It was attached to a machine before, so it may hold data. */
  readonly used: boolean;
}

export interface Named {
  readonly name: string;
}
/** Every action carries its reason in a sentence for people; the key names the thing that it changes. */
export interface Action {
  /** E.g. `projects/p/zones/z/instances/i`; at most one action is in flight for a key. */
  readonly key: string;
  readonly verb: string;
  readonly reason: string;
  /** Of an action that disturbs a machine. */
  readonly cause?: Cause;
  /** In place of what its kind rests on: a note on a Node needs no look at the cloud. */
  readonly restsOn?: readonly string[];
  /** What the care of nodes remembers of it, once it was begun. */
  readonly repair?: Repair;
  /** The failed machine that it keeps. */
  readonly kept?: Kept;
}
/** Something that only a person can mend. */
export interface Problem {
  readonly key: string;
  readonly code: "conflict" | "immutable" | "unsupported" | "blocked";
  /** What is wrong and how to solve it. */
  readonly message: string;
  /** Of the condition, where it has a name of its own. */
  readonly because?: Reason;
}
/** Nothing to do now, yet not finished. */
export interface Waiting {
  readonly key: string;
  /** What is waited for, as a noun phrase: "the machine to boot". */
  readonly reason: string;
  /** How far it has come meanwhile, as a clause: "1 of 3 machines of pool general replaced". */
  readonly progress?: string;
  /** It ends by itself then, and nothing is to be looked for before: a window opens, a command is due. */
  readonly untilMs?: number;
  /** What holds it up, where that has a name of its own. */
  readonly because?: Reason;
}
export interface Plan<A extends Action> {
  readonly actions: readonly A[];
  readonly waiting: readonly Waiting[];
  readonly problems: readonly Problem[];
  /** Of commands that it carries out. */
  readonly commands?: readonly CommandNews[];
  /** Nodes that are taken out of service, for their ledger; absent where that is not known. */
  readonly disruptions?: readonly Disruption[];
  /** What `care.pools` shall say from now on; absent where it stays. */
  readonly pools?: readonly PoolCare[];
}

/** What `observe` and `perform` may use of the outside world. */
export interface CloudReader {
  readonly compute: ComputeReader;
  readonly secrets: Secrets;
  readonly kubernetes: KubernetesTransport;
}
export interface CloudWriter {
  readonly compute: ComputeWriter;
  readonly secrets: Secrets;
  readonly kubernetes: KubernetesTransport;
}
/** `done`: the call was all of it. `held`: nothing was changed, for somebody with a say in it does not let it happen now. */
export type Started = { readonly operation: Operation } | "done" | "held";

export interface LookAgain {
  readonly everyMs: number;
  /** News of nodes that lead to a look before that: of any that have come, gone or changed, or of those that have gone. */
  readonly news: "of any" | "of loss";
}

/**
 * A kind of managed resource. The engine observes all kinds in parallel, lets each teach its facts, then plans kind by
 * kind in order: a kind's plan is performed only while every kind in `after` is settled (no action, nothing waiting).
 * Deletion walks the order backwards, and a kind's deletes start when every kind that comes `after` it is gone.
 */
export interface ManagedKind<Desired extends Named, Observed extends Named, A extends Action> {
  readonly kind: string;
  readonly after: readonly string[];
  /**
   * The facts that it rests on are names and addresses, which do not change by themselves: its actions may begin after a
   * fresh look at it alone.
   */
  readonly steady?: boolean;
  /**
   * Of a kind that is not steady: what its decisions rest on besides what lives inside the cluster. Its actions begin only
   * after a fresh look at these, at itself and at the cluster's API; where it is left out, at everything.
   */
  readonly restsOn?: readonly string[];
  /** When it is looked at again while it is only waited for; left out, at each look. Pure. */
  lookAgain?(before: readonly Observed[]): LookAgain;
  /** Other kinds whose changes it waits for. */
  readonly watches?: readonly string[];
  /** Another kind of which it wants to know if not what is there now: how old what is known of it may be. Pure. */
  readonly glancesAt?: { readonly kind: string; everyMs(before: readonly Named[]): number };
  /** Which of the cluster's conditions this kind belongs to. */
  readonly condition?: "NetworkReady" | "ControlPlaneReady" | "NodesReady" | "AddonsReady" | "UpToDate";
  /** Pure. Nothing is desired while a fact it needs is missing: then the answer says what is missing. */
  desire(cluster: Cluster): readonly Desired[] | Waiting;
  /** One filtered list where the API allows it. Answers ours and foreign ones that bear a name of ours. */
  observe(cloud: CloudReader, cluster: Cluster): Promise<readonly Observed[]>;
  /**
   * A cheaper look at what it waits for, given all that was observed before. No action is begun on it: what turns out to
   * be due is observed whole first. Left out where all is looked at again.
   */
  observeAgain?(
    cloud: CloudReader,
    cluster: Cluster,
    before: readonly Observed[],
  ): Promise<readonly Observed[]>;
  /** Those of the observed that are of this kind, when it looks at more in order to teach; all when left out. Pure. */
  own?(observed: readonly Observed[], cluster: Cluster): readonly Observed[];
  /** Pure. */
  learn?(observed: readonly Observed[], cluster: Cluster): Partial<Facts>;
  /** Pure. */
  plan(input: {
    readonly cluster: Cluster;
    readonly desired: readonly Desired[];
    readonly observed: readonly Observed[];
    readonly nowMs: number;
  }): Plan<A>;
  /** One mutation; never waits for it to finish. @throws CloudError */
  perform(cloud: CloudWriter, cluster: Cluster, action: A, requestId: string): Promise<Started>;
}
