/** The simulated cloud put together: Compute Engine, Secret Manager, Cloud Tasks, identities, and machines that become clusters. */
import type { Chance } from "../shared/ports/chance.ts";
import type { Clock } from "../shared/ports/clock.ts";
import { KUBERNETES_MINORS } from "../shared/spec/kubernetes-versions.ts";
import { type ComputeWorld, type ComputeWorldOptions, createComputeWorld } from "./compute/create-world.ts";
import type { Asker } from "./compute/endpoints.ts";
import type { Machine } from "./compute/machine.ts";
import { createIdentity, type Identity } from "./identity/identity.ts";
import type { KubernetesCluster } from "./kubernetes/cluster.ts";
import { createAuditLog, type LogEntry } from "./logging/audit-log.ts";
import { isLoopback } from "./loopback.ts";
import { DEFAULT_SOFTWARE_DELAYS } from "./machines/guest.ts";
import type { EtcdData, GuestWorld, SoftwareDelays } from "./machines/guest-world.ts";
import { createGuests, type Guests } from "./machines/guests.ts";
import { osOfImage } from "./machines/os-of-image.ts";
import { Refusal } from "./refusal.ts";
import { createSecretsService } from "./secrets/service.ts";
import { createSecretStore, type SecretStore } from "./secrets/store.ts";
import type { Service } from "./service.ts";
import type { TaskFetch } from "./tasks/dispatch.ts";
import { createTasksService } from "./tasks/service.ts";
import { createTaskStore } from "./tasks/store.ts";

export interface CloudOptions
  extends Pick<ComputeWorldOptions, "projects" | "delays" | "quotas" | "rates" | "externalRange"> {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly softwareDelays?: Partial<SoftwareDelays>;
  /** How machines call out: an HTTP POST of JSON with a bearer token. */
  readonly post: GuestWorld["post"];
  /** How Cloud Tasks calls out. */
  readonly fetch: TaskFetch;
  /** A cluster's API can be served at these addresses from now on. */
  readonly onClusterOpened?: (cluster: KubernetesCluster, addresses: readonly string[]) => void;
  /** The audit log says something of a machine. */
  readonly onLogEntry?: (entry: LogEntry) => void;
  /** The last of its machines is gone. */
  readonly onClusterClosed?: (cluster: KubernetesCluster) => void;
}

export interface SimulatedCloud {
  readonly compute: ComputeWorld;
  readonly secrets: SecretStore;
  readonly secretsService: Service;
  readonly tasksService: Service;
  readonly identity: Identity;
  readonly guests: Guests;
  /** The cluster whose API answers at an address now; `from` a machine, or from outside the network. */
  clusterAt(address: string, port: number, from?: Machine): KubernetesCluster | undefined;
}

export function createSimulatedCloud(options: CloudOptions): SimulatedCloud {
  const { clock, chance } = options;
  const identity = createIdentity({ clock, bytes: (count) => chance.bytes(count) });
  const secrets = createSecretStore(clock);
  const secretsService = createSecretsService({ store: secrets });
  const guests = createGuests(
    () => guestWorld,
    (cluster) => options.onClusterClosed?.(cluster),
  );
  const { onLogEntry } = options;
  const entryOf = createAuditLog();
  const compute = createComputeWorld({
    ...options,
    hooks: { ...guests.hooks, onSystemEvent: (event) => onLogEntry?.(entryOf(event)) },
  });
  const etcdData = new Map<string, EtcdData>();
  compute.onChange(({ type, path }) => {
    if (type === "deleted" && etcdData.delete(path)) guests.dataGone();
  });

  const servedBy = (address: string, port: number, asker?: Asker): KubernetesCluster | undefined => {
    for (const machine of compute.resolveEndpoint(address, port, asker).machines) {
      const cluster = guests.serving(machine);
      if (cluster !== undefined) return cluster;
    }
    return undefined;
  };
  const clusterAt: SimulatedCloud["clusterAt"] = (address, port, from) => {
    if (from !== undefined) return servedBy(address, port, { machine: from.path });
    const outside = servedBy(address, port);
    if (outside !== undefined || isLoopback(address)) return outside;
    // A caller with a leg in the network, as functions with VPC egress have: a neighbour of the API servers.
    for (const { network, networkIP } of guests.servers()) {
      const inside = servedBy(address, port, { network, address: networkIP });
      if (inside !== undefined) return inside;
    }
    return undefined;
  };
  const guestWorld: GuestWorld = {
    clock,
    chance,
    softwareDelays: { ...DEFAULT_SOFTWARE_DELAYS, ...options.softwareDelays },
    kubernetesVersions: PUBLISHED_VERSIONS,
    osOf: (machine) => osOfImage(machine.image ?? "", imageLabels(compute, machine.image)),
    size: (machine) => sizeOf(compute, machine),
    machineState: (providerId) => machineState(compute, providerId),
    identityToken: (machine, audience) =>
      identity.instanceIdentityToken({ instance: identified(machine), audience }),
    readSecret: (machine, name) => readSecret(secretsService, machine, name),
    post: options.post,
    clusterAt,
    etcdData,
    hasData: (cluster) => [...etcdData.values()].some((data) => data.cluster === cluster),
    opened: (cluster, machine, addresses) => {
      const reachable = machine.natIP === undefined ? addresses : [...addresses, machine.natIP];
      options.onClusterOpened?.(cluster, reachable);
    },
  };
  const tasks = createTaskStore({ clock, identity, fetch: options.fetch });
  return {
    compute,
    secrets,
    secretsService,
    tasksService: createTasksService(tasks),
    identity,
    guests,
    clusterAt,
  };
}

/** Every patch of every minor that is known, as the package repositories have them. */
const PUBLISHED_VERSIONS = KUBERNETES_MINORS.flatMap(({ minor, newestPatch }) =>
  Array.from({ length: newestPatch + 1 }, (_, patch) => `${minor}.${patch}`),
);

function identified(machine: Machine) {
  const { project, zone, id, name } = machine;
  return { project, zone, id, name, email: machine.serviceAccount ?? "" };
}

function imageLabels(compute: ComputeWorld, path: string | undefined): Readonly<Record<string, string>> {
  return (compute.world.rows.at(path ?? "")?.body["labels"] ?? {}) as Readonly<Record<string, string>>;
}

/** Off, as cloud-provider-gcp has it: its node is kept and tainted. */
const SHUT_DOWN = new Set(["STOPPING", "TERMINATED", "SUSPENDING", "SUSPENDED"]);
function machineState(compute: ComputeWorld, providerId: string): "running" | "stopped" | "gone" {
  const [, project, zone, name] = /^gce:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(providerId) ?? [];
  const machine = compute.machine(`projects/${project}/zones/${zone}/instances/${name}`);
  if (machine === undefined) return "gone";
  return SHUT_DOWN.has(machine.status) ? "stopped" : "running";
}

const MIB = 2 ** 20;
function sizeOf(
  compute: ComputeWorld,
  machine: Machine,
): { readonly cpus: number; readonly memoryBytes: number } {
  const type = compute.world.catalogue.machineType(machine.machineType);
  return { cpus: type?.cpus ?? 1, memoryBytes: (type?.memoryMb ?? 1_024) * MIB };
}

/** What a machine's script gets from Secret Manager with its own account's access token. */
async function readSecret(secrets: Service, machine: Machine, name: string): Promise<Uint8Array | string> {
  if (machine.serviceAccount === undefined) return "the machine runs as no service account";
  const params = { name: `projects/${machine.project}/secrets/${name}/versions/latest` };
  const call = {
    service: "SecretManagerService",
    method: "AccessSecretVersion",
    params,
    body: {},
    caller: machine.serviceAccount,
  };
  try {
    const { body } = await secrets(call);
    const { data } = body["payload"] as { readonly data: string };
    return Buffer.from(data, "base64");
  } catch (error) {
    if (error instanceof Refusal) return `Secret Manager answered ${error.message}`;
    throw error;
  }
}
