/** A managed group of machines as the rest of the simulation sees it. */
import type { JsonObject } from "./call.ts";
import type { Row } from "./row.ts";

export type MemberAction =
  | "NONE"
  | "CREATING"
  | "RECREATING"
  | "DELETING"
  | "ABANDONING"
  | "RESTARTING"
  | "REFRESHING";

/** One machine of a group; it may not exist yet, or not any more. */
export interface Member {
  readonly name: string;
  /** `zones/z` */
  scope: string;
  template: string;
  versionName: string | undefined;
  action: MemberAction;
  row: Row | undefined;
  /** It has reached RUNNING under its present template. */
  running: boolean;
  bornMs: number;
  attempts: number;
  lastError: { readonly code: string; readonly message: string; readonly atMs: number } | undefined;
}

export interface ManagedGroups {
  /** A new group begins to fill itself. */
  open(manager: Row): void;
  /** Looks again, soon: something about the group has changed. */
  nudge(manager: Row): void;
  members(manager: Row): readonly Member[];
  member(manager: Row, name: string): Member | undefined;
  /** Adds a machine of this name; the target size is the caller's to raise. */
  add(manager: Row, name: string): void;
  delete(manager: Row, member: Member): void;
  abandon(manager: Row, member: Member): void;
  recreate(manager: Row, member: Member): void;
  /** Stops it and starts it again, with what the template says that a restart can change. */
  restart(manager: Row, member: Member, template: string): void;
  /** A new machine of another name takes its place. */
  substitute(manager: Row, member: Member): void;
  /** Deletes all machines, then calls back. */
  close(manager: Row, done: () => void): void;
  /** A machine has stopped, started or gone; harmless when no group has it. */
  noticed(instance: Row): void;
  isStable(manager: Row): boolean;
  errors(manager: Row): readonly JsonObject[];
}
