/** Deliberate faults of the care of failed machines, each with a run in which it shows. */
import { life } from "./life.ts";
import type { Mutant } from "./mutant.ts";

/** Machines boot, and none reaches node-join, for most of three hours. */
const NOBODY_JOINS = Array.from(
  { length: 9 },
  (_, index) => ["hardware", "no-join", 7 + 18 * index, 0, 0.99] as const,
);

/** The workload that a pool's upgrades ask is broken while its machines are replaced, and mended later. */
const PROBED = [
  [4, { edit: "probe", pool: 0 }],
  [5, { edit: "deploy", replicas: 3 }],
  [7, { edit: "break-workload", broken: true }],
  [10, { edit: "machine-type", pool: 0, machineType: "n2-standard-4" }],
  [19, { edit: "break-workload", broken: false }],
] as const;

export const CARE_MUTANTS: readonly Mutant[] = [
  {
    name: "repairs have a budget of their own",
    file: "shared/nodes/rollout.ts",
    text: "if (inFlight >= view.budget.inFlight) break;",
    instead: "if (machine.leave === undefined && inFlight >= view.budget.inFlight) break;",
    invariants: ["S3"],
    scenario: life(
      50,
      [
        ["hardware", "hang", 8, 0.4, 0.99],
        ["hardware", "hang", 8, 0.99, 0.99],
      ],
      [
        [4, { edit: "resize", pool: 0, size: 6 }],
        [5, { edit: "bold-repairs", pool: 0, atOnce: 2 }],
      ],
    ),
  },
  {
    name: "a quorum is not asked for",
    file: "shared/nodes/quorum.ts",
    text: "if (sound.length >= quorum) return",
    instead: "if (sound.length >= 0 * quorum) return",
    invariants: ["S5"],
    scenario: life(50, [["hardware", "members-hang", 15, 0, 0.99]], [], 3),
  },
  {
    name: "what was said of an earlier machine of its name counts",
    file: "shared/nodes/health.ts",
    text: "incident.machine === path && incident.instanceId === machine.instanceId && incident.atMs >= sinceMs,",
    instead: "incident.machine === path && sinceMs < Number.POSITIVE_INFINITY,",
    invariants: ["S2"],
    // A machine that looks well is left alone whatever is told: this one is silent, and not for long yet.
    scenario: life(20, [
      ["hardware", "hang", 8, 0, 0.99],
      ["hardware", "stale-incident", 9.5, 0, 0],
    ]),
  },
  {
    name: "a breaker latches: a storm is never over",
    file: "shared/nodes/storm.ts",
    text: "next.push({ ...storm, endedMs: nowMs });",
    instead: "next.push(storm);",
    invariants: ["L6", "L1"],
    scenario: life(40, [["hardware", "hang-all", 8, 0.6, 0.3]], [[4, { edit: "resize", pool: 0, size: 3 }]]),
  },
  {
    name: "the disk of a member goes to a second machine while the first one still runs",
    file: "shared/resources/node-care/plan-members.ts",
    text: ": { ...deletion(ref, why), cause, repair };",
    instead: `: {
      ...deletion({ ...ref, name: ref.name + "-new" }, why),
      verb: "insert",
      body: { disks: [{ source: path.replace("instances", "disks").replace("-cp-", "-etcd-") }] },
      cause,
      repair,
    };`,
    invariants: ["S7"],
    scenario: life(
      45,
      [15, 28].map((at) => ["hardware", "members-hang", at, 0, 0.99] as const),
      [],
      5,
    ),
  },
  {
    name: "an upgrade goes on whatever its probe says",
    file: "shared/nodes/probe.ts",
    text: "if (workload === undefined) return failing(",
    instead: "if (workload !== undefined) return { passes: true };\n  return failing(",
    invariants: ["S4"],
    scenario: life(30, [], PROBED),
  },
  {
    name: "a repair deletes the disk of a workload with its machine",
    file: "shared/resources/node-care/action.ts",
    text: `if ("ref" in action) return performCompute(cloud.compute, action, requestId);
  const api`,
    instead: `if (action.verb === "instanceGroupManagers.deleteInstances") {
      const { project } = action.ref;
      const all = await cloud.compute.list({ kind: "disks", project, scope: "everywhere", namePrefixes: ["pvc-"] });
      for (const { name, zone } of all) {
        const ref = { kind: "disks", project, scope: "zones/" + zone.split("/").at(-1), name };
        await cloud.compute.delete(ref, requestId + "-disk").catch(() => {});
      }
    }
    if ("ref" in action) return performCompute(cloud.compute, action, requestId);
  const api`,
    invariants: ["S7"],
    scenario: life(20, [["hardware", "preemption", 8, 0, 0]], [[6, { edit: "claim", pool: "batch" }]]),
  },
  {
    name: "what does not mend by itself is overlooked",
    file: "shared/nodes/health.ts",
    text: "const trouble = node.troubles?.find(isFatalTrouble);",
    instead: "const trouble = node.troubles?.find(() => false);",
    invariants: ["L3"],
    scenario: life(20, [["hardware", "read-only", 8, 0.4, 0]]),
  },
  {
    name: "a failed machine is left as it is, and nothing is said of it",
    file: "shared/nodes/repair.ts",
    text: 'if (verdict.is !== "failed") continue;',
    instead: 'if (verdict.is !== "failed" || verdict.urgent !== true) continue;',
    invariants: ["L3"],
    scenario: life(50, [["hardware", "hang", 8, 0.4, 0.99]]),
  },
  {
    name: "that a machine was restarted is forgotten",
    file: "shared/engine/work.ts",
    text: "const repairs = [...care.repairs, repair]",
    instead: "const repairs = care.repairs.filter((one) => one !== repair)",
    invariants: ["S13"],
    scenario: life(30, [["hardware", "hang", 8, 0.4, 0.99]]),
  },
  {
    name: "machines that fail again and again are replaced without ever waiting longer",
    file: "shared/nodes/brake.ts",
    text: "if (beyond < 1) return [];",
    instead: "if (beyond < 99) return [];",
    invariants: ["S13"],
    scenario: life(170, [["hardware", "preemption", 8, 0, 0], ...NOBODY_JOINS]),
  },
  {
    name: "a member whose etcd is dead counts for the quorum",
    file: "shared/resources/member-signs.ts",
    text: "return hasEtcd && apiServers.includes(name);",
    instead: "return hasEtcd || name.length > 0;",
    invariants: ["S5"],
    scenario: life(
      50,
      [
        ["hardware", "member-part-dies", 15, 0, 0.49],
        ["hardware", "member-part-dies", 15.2, 0, 0.99],
      ],
      [],
      3,
    ),
  },
  {
    name: "a command that was accepted is forgotten when it is taken in",
    file: "shared/engine/inbox.ts",
    text: "commands: [...care.commands, ...commands],",
    instead: "commands: care.commands,",
    invariants: ["L7"],
    scenario: life(8, [], [[6, { edit: "command", asking: { command: "verify", which: 0 } }]]),
  },
  {
    name: "no deadline ends a command",
    file: "shared/engine/commands.ts",
    text: "else if (command.deadlineMs !== undefined && nowMs >= command.deadlineMs)",
    instead: "else if (command.deadlineMs !== undefined && nowMs < 0)",
    invariants: ["L7"],
    scenario: life(
      25,
      [],
      [
        [6, { edit: "pause", minutes: 15 }],
        [7, { edit: "command", asking: { command: "drain", of: "pool", which: 0, deadlineMinutes: 5 } }],
      ],
    ),
  },
  {
    name: "a command that comes twice with its key is two commands",
    file: "shared/engine/submit-command.ts",
    text: "const given = command.idempotencyKey ?? key;",
    instead: "const given = key;",
    invariants: ["S10"],
    scenario: life(
      10,
      [],
      [[6, { edit: "command", asking: { command: "verify", which: 0, keyed: true, againAfterSeconds: 60 } }]],
    ),
  },
  {
    name: "the cordon that somebody asked for is undone again",
    file: "shared/resources/node-care/cordon-in.ts",
    text: "if (!isParked(cordon) || leaves.has(node.name) || repairs.has(node.name)) return cordon;",
    instead: "if (!isParked(cordon) || leaves.size + repairs.size >= 0) return cordon;",
    invariants: ["S17"],
    scenario: life(
      15,
      [],
      [
        [6, { edit: "command", asking: { command: "cordon", of: "pool", which: 0.9, backAfterMinutes: 8 } }],
        [8, { edit: "resize", pool: 0, size: 4 }],
      ],
    ),
  },
];
