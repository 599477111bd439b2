/** What the parts of one simulated cluster share: its store, its clock, its resources and where it lives. */
import type { Chance } from "../../../shared/ports/chance.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { type KubeObject, timestamp, uuid } from "../objects/object.ts";
import type { ResourceRegistry } from "../objects/resources.ts";
import type { Etcd } from "../storage/etcd.ts";
import type { Store } from "../storage/store.ts";
import type { DeadParts } from "../workloads/dead-parts.ts";

/** The cluster's certificate authority, PEM. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface ClusterState {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly etcd: Etcd;
  /** `v1.36.4`: of the oldest API server that serves. Changes when they are upgraded. */
  version: string;
  /** Of the static pods of each control-plane machine. */
  readonly serverVersions: Map<string, string>;
  /** Static pods that crash as soon as they start. */
  readonly deadParts: DeadParts;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly ca: CertificateAuthority;
  /** Fills in what is true only at the moment of reading, such as a lease's renewTime. */
  present: (resource: string, object: KubeObject) => KubeObject;
  /** Told that somebody watches a resource; the answer tells that they stopped. */
  watching: (resource: string) => () => void;
}

export function nowText(state: ClusterState): string {
  return timestamp(state.clock.nowMs());
}
export function newUid(state: ClusterState): string {
  return uuid(state.chance.bytes(16));
}
/** Metadata of something that a component of the cluster makes. */
export function newMetadata(state: ClusterState, name: string, namespace?: string) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: newUid(state),
    resourceVersion: "",
    creationTimestamp: nowText(state),
  };
}
