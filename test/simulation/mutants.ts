/** Deliberate faults of the control plane, each with a run in which it shows, to prove that the checker finds such. */
import { life, times } from "./life.ts";
import type { Mutant } from "./mutant.ts";

const PLAIN = life(6);
const UPGRADED = [[9, { edit: "version", version: "1.37" }]] as const;

/** A pool grows, then has all of its machines taken. */
const EMPTIED = [
  [4, { edit: "resize", pool: 0, size: 4 }],
  [9, { edit: "resize", pool: 0, size: 0 }],
] as const;

/** Both pools are replaced at once, and one node may be away. */
const BOTH_POOLS = [
  [5, { edit: "deploy", replicas: 4 }],
  [6, { edit: "limit", most: 1 }],
  [7, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
  [7, { edit: "machine-type", pool: 1, machineType: "n2-standard-4" }],
] as const;

export const MUTANTS: readonly Mutant[] = [
  {
    name: "a lease is taken while another holds it",
    file: "shared/engine/lease.ts",
    text: "return untilMs > nowMs &&",
    instead: "return false && untilMs > nowMs &&",
    invariants: ["S8"],
    scenario: life(6, times(8, ["delivery", "doubled", 0.5, 0.3, 0])),
  },
  {
    name: "a lease is not fenced: an old epoch may write",
    file: "shared/engine/lease.ts",
    text: "return current !== undefined && current.epoch === mine.epoch && current.holder === mine.holder;",
    instead: "return current !== undefined || mine !== undefined;",
    invariants: ["S8"],
    scenario: life(
      20,
      [0.2, 1.1, 2.3, 3.4, 4.1].map((at) => ["crash", "sleep", at, 0, 0.99] as const),
    ),
  },
  {
    name: "what stands under a name of ours is taken for ours",
    file: "shared/resources/owner.ts",
    text: "owner !== undefined &&\n    sameOwner(owner, { clusterId: cluster.id, uid: cluster.uid }) &&",
    instead: "",
    invariants: ["S2"],
    scenario: life(15, [["people", "foreign-firewall", 6, 0.3, 0.99]]),
  },
  {
    name: "request ids are drawn anew for every try",
    file: "shared/engine/request-id.ts",
    text: "canonicalJson(body), attempt]",
    instead: "canonicalJson(body), attempt, process.hrtime.bigint()]",
    invariants: ["S10"],
    scenario: life(10, [
      ["api", "lagging-lists", 0, 0, 0.9],
      ...times(3, ["api", "lost-responses", 0.05, 0, 0.99]),
    ]),
  },
  {
    name: "the next wake-up is not asked for",
    file: "shared/engine/pass.ts",
    text: 'if (saved.outcome === "saved" && saved.status.wakeAtMs !== null) {',
    instead: 'if (saved.outcome === "saved" && saved.status.wakeAtMs === 0) {',
    invariants: ["L1"],
    scenario: PLAIN,
  },
  {
    name: "an upgrade ignores the quorum",
    file: "shared/nodes/member-turn.ts",
    text: "return machine !== undefined && serving && node?.ready === true;",
    instead: "return machine !== undefined || serving || node === undefined;",
    invariants: ["S5"],
    scenario: life(12, [], UPGRADED, 3),
  },
  {
    name: "nodes get a new version before the control plane has it",
    file: "shared/resources/versions.ts",
    text: "return upgrade?.nodes ?? kubernetesVersion;",
    instead: "return upgrade === undefined ? kubernetesVersion : kubernetesVersion;",
    invariants: ["S9"],
    scenario: life(12, [], UPGRADED, 3),
  },
  {
    name: "a missing document means delete",
    file: "shared/engine/accept.ts",
    text: 'if (tombstone === undefined || tombstone === null) return { wish: "none" };',
    instead:
      'if (tombstone === undefined || tombstone === null) return { wish: document === undefined ? "delete" : "none" };',
    invariants: ["S14"],
    scenario: life(6, [["people", "document-gone", 2, 0, 0.5]]),
  },
  {
    name: "a tombstone for another uid is obeyed",
    file: "shared/engine/accept.ts",
    text: "if (tombstone.uid !== status.uid) {",
    instead: "if (tombstone.uid === undefined) {",
    invariants: ["S14"],
    scenario: life(6, [["people", "wrong-tombstone", 2, 0, 0.5]]),
  },
  {
    name: "a join token is written into the log",
    file: "functions/node-join.ts",
    text: "node: ask.nodeName, role: ask.role });",
    instead: "node: ask.nodeName, role: ask.role, issued });",
    invariants: ["S12"],
    scenario: PLAIN,
  },
  {
    name: "failures are tried again without a pause",
    file: "shared/engine/backoff.ts",
    text: "return Math.round(full / 2 + (full / 2) * fraction);",
    instead: "return Math.round(0 * full * fraction) + 1;",
    invariants: ["S13"],
    scenario: life(10, times(30, ["api", "refused-mutations", 0, 0, 0.99])),
  },
  {
    name: "a mutation leaves no event line",
    file: "shared/engine/work.ts",
    text: "return begun(note(remembered, line), outcome, nowMs);",
    instead: "return begun(note(remembered), outcome, nowMs);",
    invariants: ["S15"],
    scenario: PLAIN,
  },
  {
    name: "a pass that died is not told of",
    file: "shared/engine/take-in.ts",
    text: "if (lease === undefined || lease.untilMs === 0) return [];",
    instead: "if (lease === undefined || lease.untilMs >= 0) return [];",
    invariants: ["S15"],
    scenario: life(6, [
      ["crash", "a-deadly-minute", 0, 0, 0.2],
      ["crash", "a-deadly-minute", 1, 0, 0.2],
    ]),
  },
  {
    name: "an operation that ended is never taken note of",
    file: "shared/engine/work.ts",
    text: 'if (operation === undefined || operation.status === "DONE")',
    instead: "if (operation === undefined)",
    invariants: ["L1"],
    scenario: PLAIN,
  },
  {
    name: "what is created bears no marker",
    file: "shared/resources/owner.ts",
    text: "const mark = `clusterwright",
    instead: "const mark = `nobody",
    invariants: ["S1"],
    scenario: PLAIN,
  },
  {
    name: "the generation is counted down",
    file: "shared/engine/admit.ts",
    text: "const generation = status.generation + 1;",
    instead: "const generation = status.generation === 0 ? 5 : status.generation - 1;",
    invariants: ["S8"],
    scenario: life(6, [], [[4, { edit: "resize", pool: 0, size: 3 }]]),
  },
  {
    name: "drift is never noticed",
    file: "shared/engine/sweep.ts",
    text: "    [...changed.keys()],\n",
    instead: "    [],\n",
    invariants: ["L1"],
    scenario: life(8, [["people", "delete-by-hand", 6, 0.1, 0]]),
  },
  {
    name: "the disruption budget lets every node go at once",
    file: "shared/nodes/budget.ts",
    text: "inFlight: Math.max(1, surge + unavailable) };",
    instead: "inFlight: 99 };",
    invariants: ["S3"],
    scenario: life(20, [], EMPTIED),
  },
  {
    name: "pods are deleted instead of evicted",
    file: "shared/resources/node-care/action.ts",
    text: 'else if (action.verb === "delete") await remove',
    instead: "else if (action.verb.length > 0) await remove",
    invariants: ["S16"],
    scenario: life(
      15,
      [],
      [
        [5, { edit: "deploy", replicas: 4 }],
        [7, { edit: "resize", pool: 0, size: 1 }],
      ],
    ),
  },
  {
    name: "a deletion is over before everything is gone",
    file: "shared/engine/round.ts",
    text: "plan.states.every((state) => state.settled) && status.inFlight.length === 0",
    instead: "plan.states.some((state) => state.settled)",
    invariants: ["L5", "L1"],
    scenario: life(15, [], [[5, { edit: "delete" }]]),
  },
  {
    name: "what is told of an earlier machine of the name counts for the one that bears it now",
    file: "shared/engine/hear.ts",
    text: "if (instance.id !== incident.instanceId)",
    instead: "if (false)",
    invariants: ["S2"],
    scenario: life(8, [["hardware", "stale-event", 6, 0.9, 0.1]]),
  },
  {
    name: "what was told before is taken in once more",
    file: "shared/incidents/incident.ts",
    text: "id: incidentId(entry),",
    instead: "id: String(receivedMs),",
    invariants: ["S10"],
    scenario: life(12, [
      ["hardware", "host-error", 6, 0.9, 0],
      ["hardware", "events-again", 8, 0, 0],
    ]),
  },
  {
    name: "cordon stolen: the cordon of a person is taken for ours",
    file: "shared/nodes/cordon.ts",
    text: 'if (reason === undefined || sinceMs === undefined) return { by: "others" };',
    instead:
      'if (reason === undefined || sinceMs === undefined) return { by: "us", reason: "stolen", sinceMs: 0 };',
    invariants: ["S17"],
    scenario: life(
      15,
      [["people", "cordon-by-hand", 6, 0.3, 0.9]],
      [[8, { edit: "resize", pool: 0, size: 4 }]],
    ),
  },
  {
    name: "budget per pool ignored: machines are taken without counting those under way",
    file: "shared/nodes/rollout.ts",
    text: "if (inFlight >= view.budget.inFlight) break;",
    instead: "if (inFlight < 0) break;",
    invariants: ["S3"],
    scenario: life(20, [], EMPTIED),
  },
  {
    name: "a pool grows by as many machines as are outdated, whatever its surge",
    file: "shared/nodes/rollout.ts",
    text: "const to = Math.min(wanted, size + budget.surge - going.length);",
    instead: "const to = wanted - going.length + old - 1;",
    invariants: ["S6"],
    scenario: life(20, [], [[7, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }]]),
  },
  {
    name: "the limit over all pools is not kept",
    file: "shared/resources/node-care/plan-care.ts",
    text: "return Math.max(0, maxDisruptions - inFlight);",
    instead: "return 99 + 0 * inFlight;",
    invariants: ["S3"],
    scenario: life(30, [], BOTH_POOLS),
  },
  {
    name: "what is paused is disturbed all the same",
    file: "shared/nodes/pause.ts",
    text: "(pause.pool === undefined || pause.pool === pool) && isOpen(pause, nowMs)",
    instead: "(pause.pool === undefined || pause.pool === pool) && !isOpen(pause, nowMs)",
    invariants: ["S4"],
    scenario: life(
      20,
      [],
      [
        [6, { edit: "pause", minutes: 12 }],
        [7, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
      ],
    ),
  },
  {
    name: "an exclusion holds up nothing",
    file: "shared/nodes/windows.ts",
    text: "return [...exclusionHolds(maintenance, change, nowMs), ...windowHolds(maintenance, nowMs)];",
    instead:
      "return exclusionHolds(maintenance, change, nowMs).length > 99 ? [] : windowHolds(maintenance, nowMs);",
    invariants: ["S4"],
    scenario: life(
      20,
      [],
      [
        [6, { edit: "freeze", minutes: 12 }],
        [7, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
      ],
    ),
  },
  {
    name: "old machines of a blue-green upgrade go all at once",
    file: "shared/nodes/blue-green.ts",
    text: "const machines = old.slice(0, slots).map(",
    instead: "const machines = old.slice(0).map(",
    invariants: ["S3"],
    scenario: life(
      40,
      [],
      [
        [4, { edit: "strategy", pool: 0, strategy: "blue-green" }],
        [5, { edit: "resize", pool: 0, size: 3 }],
        [9, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
      ],
    ),
  },
];
