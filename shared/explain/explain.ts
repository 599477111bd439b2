/** Tells from the records why something happened: what was heard, what was decided and with which numbers, what came of it. Pure. */
import type { ClusterStatus, EventLine, EventRecord, OperationRecord } from "../status/cluster-status.ts";

export const STEP_KINDS = [
  /** What the outside said: an incident, a command, a new spec. */
  "heard",
  /** What was decided and begun, with its reason. */
  "did",
  /** What did not work. */
  "failed",
  /** What came of it. */
  "became",
] as const;
export interface ExplainedStep {
  readonly is: (typeof STEP_KINDS)[number];
  readonly verb: string;
  readonly key: string;
  /** With its numbers. */
  readonly why: string;
  /** Of a disruption: repair, upgrade, maintenance, scale-down, removal, command. */
  readonly cause?: string;
}
/** One pass. */
export interface ExplainedPass {
  readonly atMs: number;
  readonly epoch: number;
  /** What woke it. */
  readonly wokenBy: string;
  readonly steps: readonly ExplainedStep[];
}
export interface Explanation {
  /** `node n-1` or `operation update-3` */
  readonly subject: string;
  /** Oldest first. */
  readonly passes: readonly ExplainedPass[];
  /** Where it stands, in sentences. */
  readonly now: readonly string[];
}

/** Verb and key of the line that tells that all of the cluster is well. */
const READY = "ready";
const CLUSTER = "cluster";

/** Verbs of event lines that are no mutation of ours. */
const KINDS: Readonly<Record<string, ExplainedStep["is"]>> = {
  incident: "heard",
  command: "heard",
  accepted: "heard",
  refused: "heard",
  watching: "heard",
  waiting: "heard",
  blocked: "heard",
  unblocked: "heard",
  brake: "heard",
  deleting: "heard",
  failed: "failed",
  overdue: "failed",
  interrupted: "failed",
  finished: "became",
  halted: "became",
  ready: "became",
  upgrade: "became",
  phase: "became",
};

/** @param records of one cluster, in any order */
export function explainNode(
  node: string,
  records: readonly EventRecord[],
  status: Pick<ClusterStatus, "conditions" | "failures" | "inFlight">,
): Explanation {
  const passes = passesOf(records, withEnds(node, records));
  // Ready repeats what another one says.
  const conditions = status.conditions.filter(
    ({ type, message }) => type !== "Ready" && mentions(message, node),
  );
  return {
    subject: `node ${node}`,
    passes,
    now: [
      ...conditions.map(({ type, reason, message }) => `${type} (${reason}): ${message}`),
      ...status.inFlight
        .filter(({ key }) => mentions(key, node))
        .map(({ verb, reason }) => `${verb} is under way: ${reason}`),
      ...status.failures
        .filter(({ key }) => mentions(key, node))
        .map(
          ({ code, message, count, retryAtMs }) =>
            `failed ${count} times (${code}): ${message}; next try ${new Date(retryAtMs).toISOString()}`,
        ),
    ],
  };
}

/**
 * What is about a node, and how it ended: the cluster is Ready again, which says so of all nodes at once and names none.
 * What else ended is of somebody else.
 */
function withEnds(node: string, records: readonly EventRecord[]): (line: EventLine) => boolean {
  const ends = new Set<EventLine>();
  let isOpen = false;
  for (const line of inOrder(records).flatMap(({ lines }) => lines)) {
    if (isOfNode(node, line)) isOpen = true;
    else if (isOpen && line.verb === READY && line.key === CLUSTER) {
      ends.add(line);
      isOpen = false;
    }
  }
  return (line) => ends.has(line) || isOfNode(node, line);
}

/** What happened while it ran; for a command what names it too. */
export function explainOperation(operation: OperationRecord, records: readonly EventRecord[]): Explanation {
  const { id, uid, startedMs, endedMs, result, message, cause } = operation;
  const isWithin = ({ atMs, uid: of }: EventRecord) =>
    of === uid && atMs >= startedMs && (endedMs === null || atMs <= endedMs);
  const ended = endedMs === null ? "" : `, ended ${new Date(endedMs).toISOString()}`;
  return {
    subject: `operation ${id}`,
    // A command's last pass is recorded a moment after the command has ended.
    passes: passesOf(records, (line, record) => isWithin(record) || isAbout(id, line)),
    now: [
      `${result}, begun ${new Date(startedMs).toISOString()} by "${cause}"${ended}`,
      ...(message === "" ? [] : [message]),
    ],
  };
}

function passesOf(
  records: readonly EventRecord[],
  concerns: (line: EventLine, record: EventRecord) => boolean,
): readonly ExplainedPass[] {
  return inOrder(records)
    .map((record) => ({
      atMs: record.atMs,
      epoch: record.epoch,
      wokenBy: record.cause,
      steps: record.lines.filter((line) => concerns(line, record)).map(stepOf),
    }))
    .filter(({ steps }) => steps.length > 0);
}

function inOrder(records: readonly EventRecord[]): readonly EventRecord[] {
  return records.toSorted((one, other) => one.atMs - other.atMs || one.epoch - other.epoch);
}

function stepOf({ verb, key, message, cause }: EventLine): ExplainedStep {
  return {
    is: (Object.hasOwn(KINDS, verb) ? KINDS[verb] : undefined) ?? "did",
    verb,
    key,
    why: message,
    ...(cause === undefined ? {} : { cause }),
  };
}

/** What failed says by its key whose it is: a command for a node that there is not lists those that there are. */
function isOfNode(node: string, line: EventLine): boolean {
  return line.verb === "failed" ? mentions(line.key, node) : isAbout(node, line);
}

function isAbout(name: string, { key, message }: EventLine): boolean {
  return mentions(key, name) || mentions(message, name);
}

/** As a word of its own, not as a part of a longer one: `general-1` is not in `general-12`. */
function mentions(text: string, name: string): boolean {
  return text.split(/[^A-Za-z0-9-]+/).includes(name);
}
