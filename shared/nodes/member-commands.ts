/**
 * What a command about a control-plane machine comes to: who may be taken decides the quorum, elsewhere; here is said what
 * is asked for, and when it is done. Pure.
 */
import type { AcceptedCommand } from "../status/inbox.ts";
import { restartsCountFromMs } from "./commanded-restart.ts";

/** One that reports once and falls silent again looks well for a while. Source: --node-monitor-grace-period, 50 s. */
export const STAYS_WELL_MS = 60_000;

export interface CommandedMember {
  /** Compute Engine's number of its machine; absent while it has none. */
  readonly instanceId?: string;
  readonly bootId?: string;
  /** Its machine runs, its node is Ready, its API server answers. */
  readonly isWell: boolean;
  /** When its node became Ready. */
  readonly readySinceMs?: number;
  /** When this very machine was made, or restarted last, for whatever reason. */
  readonly restartedMs?: number;
  /** What speaks against it, as a clause; absent when nothing does. */
  readonly trouble?: { readonly reason: string; readonly isExhausted: boolean };
}

export interface MemberStep {
  readonly news?: {
    readonly news: "begun" | "succeeded" | "failed";
    readonly message: string;
    readonly mark?: string;
  };
  /** What is done to it now, as soon as the quorum allows. A machine that is made anew is an outdated one. */
  readonly take?: "restart" | "repair";
  /** A noun phrase. */
  readonly waitsFor?: string;
}

export function decideMemberCommand(
  command: AcceptedCommand,
  name: string,
  member: CommandedMember,
  nowMs: number,
): MemberStep {
  if (command.command === "drain")
    return failed(
      `${name} is a control-plane machine, which is not kept empty: cordon it to keep new pods off it, or rotate it to have it made anew`,
    );
  if (isMadeAnew(command)) return makeAnew(command, name, member);
  return command.command === "restart"
    ? restart(command, name, member, nowMs)
    : repair(command, name, member, nowMs);
}

/** Asked for machines that shall go, and others come in their place. */
export function isMadeAnew({ command, force }: Pick<AcceptedCommand, "command" | "force">): boolean {
  return command === "rotate-machine" || (command === "repair" && force === true);
}

function makeAnew(
  { begunMs, mark }: AcceptedCommand,
  name: string,
  { instanceId, isWell }: CommandedMember,
): MemberStep {
  if (begunMs !== undefined) {
    if (instanceId === undefined || instanceId === mark || !isWell)
      return { waitsFor: `control-plane machine ${name} to be made anew` };
    return told("succeeded", `control-plane machine ${name} was made anew, with its disk and its address`);
  }
  if (instanceId === undefined) return failed(`${name} has no machine now, and gets one by itself`);
  const message = `control-plane machine ${name} is made anew as soon as all others are well`;
  return { news: { news: "begun", message, mark: instanceId }, waitsFor: message };
}

function restart(
  { begunMs, mark }: AcceptedCommand,
  name: string,
  { bootId, isWell, restartedMs = 0 }: CommandedMember,
  nowMs: number,
): MemberStep {
  const message = `control-plane machine ${name} is restarted as soon as the others can spare it`;
  // Taken once that is saved: a restart for an earlier command would count for this one, and its boot would never change.
  if (begunMs === undefined)
    return { ...begun(message, bootId), waitsFor: `control-plane machine ${name} to be restarted` };
  if (restartedMs >= restartsCountFromMs({ begunMs }, nowMs) && isWell && bootId !== mark)
    return told("succeeded", `control-plane machine ${name} was restarted and is well`);
  return { take: "restart" };
}

function repair(
  { begunMs }: AcceptedCommand,
  name: string,
  { isWell, trouble, bootId, readySinceMs = 0 }: CommandedMember,
  nowMs: number,
): MemberStep {
  const force = "to have it made anew all the same, add --force (force: true), or rotate it";
  if (trouble === undefined && begunMs === undefined)
    return failed(`nothing speaks against control-plane machine ${name}, which is well; ${force}`);
  if (trouble === undefined) {
    const provenMs = readySinceMs + STAYS_WELL_MS;
    if (!isWell || nowMs < provenMs) return { waitsFor: `control-plane machine ${name} to stay well` };
    return told("succeeded", `control-plane machine ${name} is well again`);
  }
  if (trouble.isExhausted)
    return failed(`a restart does not help control-plane machine ${name}: ${trouble.reason}; ${force}`);
  const message = `${trouble.reason}: control-plane machine ${name} is repaired as soon as the others can spare it`;
  return { take: "repair", ...(begunMs === undefined ? begun(message, bootId) : {}) };
}

function begun(message: string, mark: string | undefined): Pick<MemberStep, "news"> {
  return { news: { news: "begun", message, ...(mark === undefined ? {} : { mark }) } };
}
function failed(message: string): MemberStep {
  return told("failed", message);
}
function told(news: "succeeded" | "failed", message: string): MemberStep {
  return { news: { news, message } };
}
