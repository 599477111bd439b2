/** The secrets of the simulated cloud: what is stored, without a protocol. */
import type { Clock } from "../../shared/ports/clock.ts";
import type { JsonObject } from "../compute/call.ts";
import { SmallSet } from "../small-set.ts";

/** enabled ─disable─► disabled ─enable─► enabled; either ─destroy─► destroyed (the payload is gone for good). */
export type VersionState = "ENABLED" | "DISABLED" | "DESTROYED";

export interface StoredVersion {
  readonly number: number;
  readonly createdMs: number;
  readonly checksumGiven: boolean;
  state: VersionState;
  destroyedMs: number | undefined;
  payload: Uint8Array;
  revision: number;
}
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
}
export interface StoredSecret {
  readonly project: string;
  readonly id: string;
  readonly createdMs: number;
  readonly replication: JsonObject;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  versionAliases: Readonly<Record<string, string>>;
  expiresAtMs: number | undefined;
  bindings: readonly Binding[];
  policyRevision: number;
  revision: number;
  readonly versions: StoredVersion[];
}

export interface SecretStore {
  readonly clock: Clock;
  find(project: string, id: string): StoredSecret | undefined;
  put(secret: StoredSecret): void;
  remove(project: string, id: string): void;
  /** Newest first, as Secret Manager lists them. */
  inProject(project: string): readonly StoredSecret[];
  /** Those with this label, newest first. */
  labelled(project: string, key: string, value: string): readonly StoredSecret[];
  /** To be called after a secret got other labels than `before`: they are indexed. */
  relabelled(secret: StoredSecret, before: StoredSecret["labels"]): void;
  /** Called when a secret comes or goes. The answer ends it. */
  onChange(listener: (change: SecretChange) => void): () => void;
}
export interface SecretChange {
  readonly type: "inserted" | "deleted";
  /** `projects/p/secrets/s` */
  readonly path: string;
}

export function createSecretStore(clock: Clock): SecretStore {
  const secrets = new Map<string, StoredSecret>();
  const byLabel = new Map<string, SmallSet<StoredSecret>>();
  const listeners = new Set<(change: SecretChange) => void>();
  const tell = (type: SecretChange["type"], project: string, id: string): void => {
    for (const listener of listeners) listener({ type, path: `projects/${project}/secrets/${id}` });
  };
  const key = (project: string, id: string): string => `${project}/${id}`;
  const entry = (project: string, label: string, value: string): string => `${project} ${label}=${value}`;
  const index = ({ project, labels }: StoredSecret, change: (set: SmallSet<StoredSecret>) => void): void => {
    for (const [label, value] of Object.entries(labels)) {
      const at = entry(project, label, value);
      const set = byLabel.get(at) ?? new SmallSet();
      change(set);
      if (set.size === 0) byLabel.delete(at);
      else byLabel.set(at, set);
    }
  };
  const drop = (secret: StoredSecret): void => index(secret, (set) => set.delete(secret));
  const isLive = (secret: StoredSecret): boolean =>
    secret.expiresAtMs === undefined || secret.expiresAtMs > clock.nowMs();
  return {
    clock,
    find(project, id) {
      const secret = secrets.get(key(project, id));
      return secret !== undefined && isLive(secret) ? secret : undefined;
    },
    put(secret) {
      const before = secrets.get(key(secret.project, secret.id));
      if (before !== undefined) drop(before);
      secrets.set(key(secret.project, secret.id), secret);
      index(secret, (set) => set.add(secret));
      if (before === undefined) tell("inserted", secret.project, secret.id);
    },
    remove(project, id) {
      const secret = secrets.get(key(project, id));
      if (secret === undefined) return;
      secrets.delete(key(project, id));
      drop(secret);
      tell("deleted", project, id);
    },
    inProject(project) {
      return [...secrets.values()].filter((s) => s.project === project && isLive(s)).reverse();
    },
    labelled: (project, label, value) =>
      [...(byLabel.get(entry(project, label, value)) ?? [])].filter(isLive).reverse(),
    relabelled(secret, before) {
      index({ ...secret, labels: before }, (set) => set.delete(secret));
      index(secret, (set) => set.add(secret));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
