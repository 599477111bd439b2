/** The secrets of the simulated cloud: what is stored, without a protocol. */
import type { Clock } from "../../shared/ports/clock.ts";
import type { JsonObject } from "../compute/call.ts";

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
  const listeners = new Set<(change: SecretChange) => void>();
  const tell = (type: SecretChange["type"], project: string, id: string): void => {
    for (const listener of listeners) listener({ type, path: `projects/${project}/secrets/${id}` });
  };
  const key = (project: string, id: string): string => `${project}/${id}`;
  const isLive = (secret: StoredSecret): boolean =>
    secret.expiresAtMs === undefined || secret.expiresAtMs > clock.nowMs();
  return {
    clock,
    find(project, id) {
      const secret = secrets.get(key(project, id));
      return secret !== undefined && isLive(secret) ? secret : undefined;
    },
    put(secret) {
      const isNew = !secrets.has(key(secret.project, secret.id));
      secrets.set(key(secret.project, secret.id), secret);
      if (isNew) tell("inserted", secret.project, secret.id);
    },
    remove(project, id) {
      if (secrets.delete(key(project, id))) tell("deleted", project, id);
    },
    inProject(project) {
      return [...secrets.values()].filter((s) => s.project === project && isLive(s)).reverse();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
