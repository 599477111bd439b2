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
}

export function createSecretStore(clock: Clock): SecretStore {
  const secrets = new Map<string, StoredSecret>();
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
      secrets.set(key(secret.project, secret.id), secret);
    },
    remove(project, id) {
      secrets.delete(key(project, id));
    },
    inProject(project) {
      return [...secrets.values()].filter((s) => s.project === project && isLive(s)).reverse();
    },
  };
}
