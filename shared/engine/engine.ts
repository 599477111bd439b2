/** What a pass needs of the world: the ports, the kinds that it keeps, and a name for leases. */
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import type { Wakeups } from "../ports/wakeups.ts";
import type { CloudReader, CloudWriter } from "../resources/resource.ts";
import type { AnyKind } from "./kind.ts";
import type { LookMemory } from "./look-memory.ts";

export type Cloud = CloudReader & CloudWriter;

export interface Engine {
  readonly store: Store;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly cloud: Cloud;
  /** Resources in the cloud, in order of dependency. */
  readonly cloudKinds: readonly AnyKind[];
  /** What lives inside the cluster: observed once its API answers. */
  readonly clusterKinds: readonly AnyKind[];
  /** Of this process. */
  readonly memory: LookMemory;
  /** Base URL of the node-join function. */
  readonly joinUrl: string;
  /** Host projects of shared VPCs whose networks clusters may be put into. */
  readonly sharedNetworkProjects: readonly string[];
  /** How much faster than Google's own a simulated cloud's machines are; see Cluster. */
  readonly haste?: number;
  /** A lease holder's name: new for every pass in a deployment, one for the whole process when embedded. */
  holder(): string;
}
