import assert from "node:assert/strict";
import { newStatus } from "../../../shared/engine/admit.ts";
import {
  editForCommands,
  editsBegun,
  hearCommands,
  settleCommands,
} from "../../../shared/engine/commands.ts";
import { nextWakeMs, REST_MAX_MS } from "../../../shared/engine/next-wake.ts";
import type { KindState } from "../../../shared/engine/plan.ts";
import type { Work } from "../../../shared/engine/work.ts";
import type { CommandNews } from "../../../shared/nodes/commands.ts";
import { NO_CARE, type Pause } from "../../../shared/status/care.ts";
import type { ClusterStatus, Condition } from "../../../shared/status/cluster-status.ts";
import type { AcceptedCommand } from "../../../shared/status/inbox.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { exampleDocument, quickstartSpec, TEST_NOW_MS } from "../../support/specs.ts";

const NOW_MS = TEST_NOW_MS;
const ID = "quickstart";

function command(name: AcceptedCommand["command"], changes: Partial<AcceptedCommand> = {}): AcceptedCommand {
  return {
    operation: `${name}-1`,
    command: name,
    reason: "a test",
    requestedBy: "alice",
    requestedMs: NOW_MS - 1,
    ...changes,
  };
}
function work(
  commands: readonly AcceptedCommand[],
  changes: Partial<ClusterStatus> = {},
  pauses: readonly Pause[] = [],
): Work {
  const status: ClusterStatus = {
    ...newStatus(createSeededChance(1)),
    accepted: quickstartSpec(),
    generation: 1,
    readyGeneration: 1,
    ...changes,
    care: { ...NO_CARE, commands, pauses },
  };
  return { status, lines: [] };
}
const SEEN: KindState = {
  kind: "disks",
  desired: 0,
  observed: 0,
  actions: [],
  waiting: [],
  problems: [],
  blockedBy: [],
  undecided: false,
  unseen: undefined,
  settled: true,
};
/** What ended how, and what is left. */
function outcome({ status, records = [] }: Work) {
  return {
    ended: records.map(({ id, result, message }) => `${id} ${result}: ${message}`),
    open: status.care?.commands.map(({ operation }) => operation),
  };
}
function heard(before: Work, news: readonly CommandNews[] = [], unseen?: KindState["unseen"]): Work {
  return hearCommands(before, [{ ...SEEN, commands: news, unseen }], NOW_MS);
}

describe("engine/commands", () => {
  it("ends what is past its deadline, begun or not, and says so in an event", () => {
    const late = command("drain", { node: "n-1", deadlineMs: NOW_MS });
    const early = command("cordon", { node: "n-1", deadlineMs: NOW_MS + 1 });
    const settled = settleCommands(work([late, early]), NOW_MS);
    assert.deepEqual(outcome(settled), {
      ended: [
        "drain-1 expired: it was not done by its deadline, 2026-11-01T12:00:00.000Z; it was never begun",
      ],
      open: ["cordon-1"],
    });
    assert.deepEqual(
      settled.lines.map(({ level, verb, key }) => [level, verb, key]),
      [["warning", "expired", "n-1"]],
    );
    const [record] = settled.records ?? [];
    assert.deepEqual(
      [record?.endedMs, record?.request],
      [NOW_MS, { command: "drain", node: "n-1", reason: "a test", deadlineMs: NOW_MS }],
    );
  });

  it("ends all of them when the cluster is deleted", () => {
    const settled = settleCommands(work([command("verify"), command("pause")], { deleting: true }), NOW_MS);
    assert.deepEqual(outcome(settled), {
      ended: [
        "verify-1 superseded: the cluster is being deleted",
        "pause-1 superseded: the cluster is being deleted",
      ],
      open: [],
    });
    assert.deepEqual(settled.status.care?.pauses, []);
  });

  it("pauses and resumes a pool or the cluster, each by itself", () => {
    const paused = settleCommands(
      work([command("pause", { pool: "general", value: "2h" }), command("pause", { operation: "pause-2" })]),
      NOW_MS,
    );
    assert.deepEqual(paused.status.care?.pauses, [
      { pool: "general", reason: "a test", by: "alice", sinceMs: NOW_MS, untilMs: NOW_MS + 7_200_000 },
      { reason: "a test", by: "alice", sinceMs: NOW_MS },
    ]);
    const resumed = settleCommands(work([command("resume")], {}, paused.status.care?.pauses), NOW_MS);
    assert.deepEqual(
      resumed.status.care?.pauses.map(({ pool }) => pool),
      ["general"],
    );
    assert.deepEqual(outcome(resumed).ended, ["resume-1 succeeded: the cluster goes on"]);
    assert.equal(resumed.status.care?.resumedMs, NOW_MS);
    const twice = settleCommands(work([command("resume")]), NOW_MS);
    assert.deepEqual(outcome(twice).ended, ["resume-1 succeeded: the cluster was not paused"]);
    const unknown = settleCommands(work([command("pause", { pool: "genral" })]), NOW_MS);
    assert.match(
      outcome(unknown).ended[0] ?? "",
      /^pause-1 failed: there is no pool genral; the pools are general/,
    );
  });

  it("forgets a pause whose time is over, and changes nothing otherwise: a quiet pass writes nothing", () => {
    const pause = { reason: "r", by: "alice", sinceMs: 0, untilMs: NOW_MS };
    const over = settleCommands(work([], {}, [pause]), NOW_MS);
    assert.deepEqual(over.status.care?.pauses, []);
    assert.equal(over.status.care?.resumedMs, NOW_MS);
    assert.equal(over.lines[0]?.message, "the time for which the cluster was paused is over");
    const quiet = work([command("drain", { node: "n-1", notBeforeMs: NOW_MS + 1 })], {}, [
      { ...pause, untilMs: NOW_MS + 1 },
    ]);
    assert.equal(settleCommands(quiet, NOW_MS), quiet);
  });

  describe("that edit the spec", () => {
    const document = { spec: exampleDocument(ID) };
    const resize = command("resize", { pool: "general", value: "3" });
    const edit = (before: Work, from = document) => editForCommands(before, ID, from, NOW_MS, []);

    it("edit the document as it stands, one after another, and nothing else of it", () => {
      const both = [resize, command("resize", { operation: "resize-2", pool: "general", value: "4" })];
      const {
        document: after,
        edited,
        work: left,
      } = edit(work(both), { ...document, deletion: {} } as typeof document);
      assert(after !== undefined);
      const pools = (after.spec as { nodePools: { size: number }[] }).nodePools;
      assert.equal(pools[0]?.size, 4);
      assert.deepEqual(edited, ["resize-1", "resize-2"]);
      assert("deletion" in after);
      assert.equal(outcome(left).open?.length, 2);
    });
    it("fail with what the spec's rules say", () => {
      const { document: after, work: left } = edit(work([command("upgrade", { value: "1.99" })]));
      assert.equal(after, document);
      assert.match(
        outcome(left).ended[0] ?? "",
        /^upgrade-1 failed: The spec would not be accepted: kubernetes\.version: "1\.99"/,
      );
    });
    it("leave the size of an autoscaled pool alone, and say where its bounds are set", () => {
      const spec = exampleDocument(ID) as { readonly nodePools: readonly object[] };
      const [general, ...rest] = spec.nodePools;
      const autoscaled = {
        spec: { ...spec, nodePools: [{ ...general, size: { min: 1, max: 5 } }, ...rest] },
      };
      const { work: left } = edit(work([resize]), autoscaled as typeof document);
      assert.match(
        outcome(left).ended[0] ?? "",
        /^resize-1 failed: .*pool: "general" is autoscaled, from 1 to 5 machines, .*; edit size\.min and size\.max/,
      );
    });
    it("are done when the generation that says so is Ready, and superseded when the spec says something else", () => {
      const spec = quickstartSpec();
      const [general, ...rest] = spec.nodePools;
      assert(general !== undefined);
      const accepted = { ...spec, nodePools: [{ ...general, size: 3 }, ...rest] };
      const begun = editsBegun(work([resize], { accepted, generation: 2 }), ["resize-1"], NOW_MS);
      assert.deepEqual(outcome(begun), {
        ended: ["resize-1 running: the spec says so now and is carried out"],
        open: ["resize-1"],
      });
      assert.equal(outcome(heard({ ...begun, records: [] })).ended.length, 0);
      const ready = heard({ ...begun, status: { ...begun.status, readyGeneration: 2 } });
      assert.deepEqual(outcome(ready), {
        ended: ["resize-1 succeeded: generation 2 of the spec is Ready"],
        open: [],
      });
      const halt: Condition = {
        type: "UpToDate",
        status: "False",
        reason: "Halted",
        message: "Pool general was rolled back.",
        lastTransitionTime: "",
        observedGeneration: 2,
      };
      const back = heard({ ...begun, status: { ...begun.status, readyGeneration: 2, conditions: [halt] } });
      assert.deepEqual(outcome(back).ended, ["resize-1 failed: Pool general was rolled back."]);
      const changed = settleCommands({ ...begun, status: { ...begun.status, accepted: spec } }, NOW_MS);
      assert.deepEqual(outcome(changed).ended, ["resize-1 superseded: the spec was changed again since"]);
    });
  });

  it("takes what a look found: begun with its mark, ended for good; of one that is gone nothing", () => {
    const before = work([command("drain", { node: "n-1" }), command("restart", { node: "n-2" })]);
    const after = heard(before, [
      { operation: "drain-1", news: "succeeded", message: "it is empty" },
      { operation: "restart-1", news: "begun", message: "soon", mark: "boot-1" },
      { operation: "drain-9", news: "failed", message: "who?" },
    ]);
    assert.deepEqual(outcome(after), {
      ended: ["drain-1 succeeded: it is empty", "restart-1 running: soon"],
      open: ["restart-1"],
    });
    const [restart] = after.status.care?.commands ?? [];
    assert.deepEqual([restart?.begunMs, restart?.mark], [NOW_MS, "boot-1"]);
    const again = heard({ ...after, records: [] }, [
      { operation: "restart-1", news: "begun", message: "soon", mark: "boot-2" },
    ]);
    assert.deepEqual(again.records, []);
  });

  describe("that back up", () => {
    const KEY = "projects/p/global/snapshots/s-0";
    const news: CommandNews = { operation: "backup-1", news: "begun", message: "taking", mark: KEY };
    const flight = { key: KEY, kind: "node-care", verb: "insert", operation: "o", startedMs: 0, reason: "r" };
    const begun = command("backup", { begunMs: 1, mark: KEY });
    const failure = {
      key: KEY,
      kind: "node-care",
      code: "quota-exceeded",
      message: "no room",
      count: 1,
      firstMs: 0,
      retryAtMs: 1,
    };

    it("are begun when their calls went out, and not before", () => {
      assert.deepEqual(heard(work([command("backup")]), [news]).records ?? [], []);
      assert.equal(outcome(heard(work([command("backup")], { inFlight: [flight] }), [news])).ended.length, 1);
    });
    it("are done when none is under way any more, and fail with what the cloud said", () => {
      const half = heard(work([{ ...begun, mark: `${KEY} ${KEY}-1` }], { inFlight: [flight] }));
      assert.deepEqual(outcome(half), {
        ended: ["backup-1 running: 1 of 2 snapshots are taken"],
        open: ["backup-1"],
      });
      assert.deepEqual(outcome(heard(work([begun]))).ended, ["backup-1 succeeded: snapshots taken: s-0"]);
      assert.deepEqual(outcome(heard(work([begun], { failures: [failure] }))).ended, [
        "backup-1 failed: a snapshot could not be taken: no room",
      ]);
      const there = { ...failure, code: "already-exists" };
      assert.match(outcome(heard(work([begun], { failures: [there] }))).ended[0] ?? "", /succeeded/);
    });
  });

  it("verify says what is wrong, and waits while something cannot be seen", () => {
    const bad = {
      type: "NodesReady",
      status: "False",
      reason: "Waiting",
      message: "for one.",
      lastTransitionTime: "",
      observedGeneration: 1,
    } as const;
    const nodes = { desired: 3, ready: 2, total: 3 };
    const after = heard(work([command("verify")], { conditions: [bad], nodes }));
    assert.deepEqual(outcome(after).ended, [
      "verify-1 failed: 2 of 3 nodes are Ready; 0 things were looked at; NodesReady: for one.",
    ]);
    const unseen = heard(work([command("verify")]), [], { message: "no answer" } as KindState["unseen"]);
    assert.deepEqual(outcome(unseen), {
      ended: ["verify-1 running: disks cannot be seen, and is looked at again: no answer"],
      open: ["verify-1"],
    });
  });

  it("verify takes a repair that is over for no trouble, and one under way for some", () => {
    const verified = (status: "True" | "False", message: string) => {
      const repairing = { type: "Repairing", status, reason: "NothingToRepair", message } as const;
      const conditions = [{ ...repairing, lastTransitionTime: "", observedGeneration: 1 }];
      return outcome(heard(work([command("verify")], { conditions }))).ended[0] ?? "";
    };
    assert.match(verified("False", ""), /^verify-1 succeeded: .*all is as declared/);
    assert.match(verified("True", "one."), /^verify-1 failed: .*Repairing: one\./);
    assert.match(verified("False", "one waits."), /^verify-1 failed: .*Repairing: one waits\./);
  });

  it("wake the cluster at their moments, and a cluster that rests when its wait is over, at most half an hour ahead", () => {
    const wake = (
      commands: readonly AcceptedCommand[],
      changes: Partial<ClusterStatus> = {},
      pauses: readonly Pause[] = [],
    ) => nextWakeMs(work(commands, changes, pauses).status, NOW_MS);
    const soonMs = NOW_MS + 60_000;
    assert.equal(wake([]), null);
    assert.equal(wake([command("drain", { notBeforeMs: soonMs })]), soonMs);
    assert.equal(wake([command("drain", { deadlineMs: soonMs, notBeforeMs: NOW_MS - 1 })]), soonMs);
    assert.equal(wake([], {}, [{ reason: "r", by: "a", sinceMs: 0, untilMs: soonMs }]), soonMs);
    assert.equal(wake([command("drain", { notBeforeMs: NOW_MS + 86_400_000 })]), NOW_MS + REST_MAX_MS);
    const waiting = { unsettledSinceMs: NOW_MS - 600_000 };
    assert.equal(wake([], { ...waiting, restsUntilMs: soonMs }), soonMs);
    assert.equal(wake([], { ...waiting, restsUntilMs: NOW_MS + 86_400_000 }), NOW_MS + REST_MAX_MS);
    assert.equal(wake([], { ...waiting, restsUntilMs: NOW_MS }), NOW_MS + 12_000);
  });
});
