/** What the ledger of disruptions says of each node that is out of service: ours and others'. Pure. */
import type { DrainDecision, Patience } from "../../nodes/drain.ts";
import { BLOCKERS_MAX, type Disruption } from "../../status/disruption.ts";
import { LABEL_POOL } from "../owner.ts";
import type { Cluster, NodeFacts } from "../resource.ts";
import type { DrainPolicy } from "./views.ts";

/** A drain that this pass has looked at. */
export interface SeenDrain {
  readonly decision: DrainDecision;
  readonly sinceMs: number;
  readonly policy: DrainPolicy;
}

/** A cluster whose nodes are all cordoned by somebody is told of by its first ones. */
export const LEDGER_NODES_MAX = 200;

/** Characters of a label's value, by Kubernetes; a cluster's own API may say anything. */
const LABEL_LENGTH_MAX = 63;

export function ledgerOf(
  { cluster }: { readonly cluster: Cluster },
  drains: ReadonlyMap<string, SeenDrain>,
): readonly Disruption[] {
  const { kubernetes, groups = [] } = cluster.facts;
  const going = new Set(
    groups
      .flatMap(({ machines = [] }) => machines)
      .filter((machine) => machine.going)
      .map(({ path }) => path.split("/").at(-1)),
  );
  return (kubernetes?.nodes ?? [])
    .filter(({ unschedulable }) => unschedulable)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, LEDGER_NODES_MAX)
    .map((node) => entry(node, drains.get(node.name), going.has(node.name)));
}

function entry(node: NodeFacts, seen: SeenDrain | undefined, going: boolean): Disruption {
  const { name, labels, cordoned } = node;
  const pool = labels[LABEL_POOL]?.slice(0, LABEL_LENGTH_MAX);
  const whose = { node: name, ...(pool === undefined ? {} : { pool }) };
  if (cordoned === undefined) return { ...whose, ...OTHERS };
  const { cause, operation, reason, sinceMs } = cordoned;
  const blockers = seen?.decision.blockers ?? [];
  return {
    ...whose,
    owner: "us",
    ...(cause === undefined ? {} : { cause }),
    reason,
    ...(operation === undefined ? {} : { operation }),
    sinceMs,
    deadlineMs: seen === undefined ? null : seen.sinceMs + seen.policy.timeoutMs,
    policy: seen?.policy.onTimeout ?? null,
    state: stateOf(node, seen, going),
    blockers: blockers.slice(0, BLOCKERS_MAX),
    blockersMore: Math.max(0, blockers.length - BLOCKERS_MAX),
  };
}

const OTHERS = {
  owner: "others",
  reason: "somebody else cordoned it",
  sinceMs: null,
  deadlineMs: null,
  policy: null,
  state: "cordoned",
  blockers: [],
  blockersMore: 0,
} as const;

const STATES: Readonly<Record<Patience, Disruption["state"]>> = {
  "in-time": "draining",
  paused: "paused",
  forcing: "forcing",
};

function stateOf({ cordoned }: NodeFacts, seen: SeenDrain | undefined, going: boolean): Disruption["state"] {
  if (going) return "leaving";
  if (cordoned?.drainedMs !== undefined) return "drained";
  return seen === undefined ? "waiting" : STATES[seen.decision.patience];
}
