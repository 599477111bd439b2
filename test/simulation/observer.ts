/** What a run tells those who watch it from outside: calls, changes of the cloud, commits of documents, log lines. */
import type { Change } from "../../simulator/compute/world.ts";
import type { PortCall, Strike } from "../support/unreliable-ports.ts";

/** started ─► ended (it returned) or died (it was killed, or threw) */
export interface Process {
  readonly number: number;
  readonly name: string;
  /** What was delivered: pass, sweep, join. */
  readonly what: string;
  /** The cluster that it works on; a sweep works on any. */
  readonly cluster: string | undefined;
  readonly startedMs: number;
  /** How wrong its clock is. */
  readonly skewMs: number;
  state: "running" | "ended" | "died";
}

export interface ObservedCall extends PortCall {
  readonly process: Process;
  /** When it reached the other side. */
  readonly atMs: number;
  readonly strike: Strike | undefined;
}
export interface Outcome {
  readonly ok: boolean;
  /** The error's code, when there was one. */
  readonly code?: string;
  readonly answer?: unknown;
  /** The process learns of it: no crash and no loss after it. */
  readonly told: boolean;
}
export interface Commit {
  readonly process: Process | undefined;
  readonly path: string;
  /** Nothing when the document was deleted. */
  readonly data: unknown;
}

export interface Observer {
  /** Right before a call takes effect. */
  before?(call: ObservedCall): void;
  after?(call: ObservedCall, outcome: Outcome): void;
  changed?(change: Change | { readonly type: "inserted" | "deleted"; readonly path: string }): void;
  committed?(commit: Commit): void;
  logged?(level: string, text: string): void;
  ended?(process: Process): void;
}
