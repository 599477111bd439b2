/** What a whole look at a cluster found, for whoever asked to have it verified: what was seen, and what is not as declared. Pure. */
import type { ClusterStatus, Condition } from "../status/cluster-status.ts";
import { isFine } from "../status/condition.ts";
import type { AcceptedCommand } from "../status/inbox.ts";
import type { KindState } from "./plan.ts";

/** A sentence must stay readable when much is amiss; the events tell of each action. */
const NAMED_MAX = 5;

/** Whether somebody waits for a look at everything: then nothing that is only remembered counts. */
export function wantsWholeLook(
  { care }: ClusterStatus,
  isDue: (command: AcceptedCommand) => boolean,
): boolean {
  return care?.commands.some((one) => one.command === "verify" && isDue(one)) === true;
}

export interface Verdict {
  readonly result: "succeeded" | "failed";
  readonly message: string;
}

/** Nothing while something could not be seen: `unseenOf` says what. */
export function verdictOf(status: ClusterStatus, states: readonly KindState[]): Verdict | undefined {
  if (states.some(({ unseen }) => unseen !== undefined)) return undefined;
  const { ready, desired } = status.nodes;
  const amiss = states.flatMap(({ actions }) => actions).map(told);
  const bad = status.conditions
    .filter((condition) => !isAsDeclared(condition))
    .map(({ type, message }) => `${type}: ${message}`);
  const isWell = amiss.length + bad.length === 0;
  const looked = states.reduce((sum, { observed }) => sum + observed, 0);
  const sentences = [
    `${ready} of ${desired} nodes are Ready`,
    `${looked} things were looked at`,
    ...(amiss.length === 0
      ? []
      : [`${counted(amiss)}, and ${amiss.length === 1 ? "is" : "are"} put right: ${listed(amiss)}`]),
    ...bad,
    ...(isWell ? ["all is as declared"] : []),
  ];
  return { result: isWell ? "succeeded" : "failed", message: sentences.join("; ") };
}

/** What keeps a look from being whole, as a sentence. */
export function unseenIn(states: readonly KindState[]): string | undefined {
  const [first] = states.flatMap(({ kind, unseen }) => (unseen === undefined ? [] : [{ kind, unseen }]));
  if (first === undefined) return undefined;
  return `${first.kind} cannot be seen, and is looked at again: ${first.unseen.message}`;
}

/** A pause is somebody's wish. */
function isAsDeclared(condition: Condition): boolean {
  return condition.type === "Paused" || isFine(condition);
}
function told({
  verb,
  key,
  reason,
}: {
  readonly verb: string;
  readonly key: string;
  readonly reason: string;
}): string {
  return `${verb} ${key.slice(key.lastIndexOf("/") + 1)} (${reason})`;
}
function counted(amiss: readonly string[]): string {
  return amiss.length === 1 ? "1 thing is not as declared" : `${amiss.length} things are not as declared`;
}
function listed(amiss: readonly string[]): string {
  const more = amiss.length > NAMED_MAX ? [`${amiss.length - NAMED_MAX} more`] : [];
  return [...amiss.slice(0, NAMED_MAX), ...more].join(", ");
}
