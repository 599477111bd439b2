import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  HOST_RESTART_MS,
  judgeMachine,
  MAINTENANCE_MARGIN_MS,
  type MachineSigns,
  START_UP_MS,
} from "../../../shared/nodes/health.ts";
import type { Incident } from "../../../shared/status/inbox.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const PATH = "projects/p/zones/z/instances/n-1";
const MACHINE = {
  instanceId: "7",
  status: "RUNNING",
  startedMs: NOW_MS - 3_600_000,
  createdMs: NOW_MS - 3_600_000,
};
const READY = {
  ready: true,
  readiness: "True",
  readinessSinceMs: NOW_MS - 3_500_000,
  createdMs: NOW_MS - 3_500_000,
};
const silentFor = (minutes: number) => ({
  ...READY,
  ready: false,
  readiness: "Unknown",
  readinessSinceMs: NOW_MS - minutes * MINUTE_MS,
});
const incident = (kind: Incident["kind"], minutesAgo: number, more: Partial<Incident> = {}): Incident => ({
  id: kind,
  kind,
  method: "",
  machine: PATH,
  instanceId: "7",
  atMs: NOW_MS - minutesAgo * MINUTE_MS,
  receivedMs: NOW_MS,
  message: "",
  ...more,
});
const verdict = (signs: Partial<MachineSigns>, regainedMinutesAgo = 1_000) =>
  judgeMachine(
    { path: PATH, name: "n-1", machine: MACHINE, restartsItself: true, node: READY, incidents: [], ...signs },
    {
      afterMs: 10 * MINUTE_MS,
      drainMs: 30 * MINUTE_MS,
      seenSinceMs: NOW_MS - regainedMinutesAgo * MINUTE_MS,
    },
    NOW_MS,
  );
const trouble = (type: string, minutes: number) => ({
  node: { ...READY, troubles: [{ type, sinceMs: NOW_MS - minutes * MINUTE_MS }] },
});
const windowIn = (minutes: number) => ({
  window: {
    startMs: NOW_MS + minutes * MINUTE_MS,
    endMs: NOW_MS + (minutes + 60) * MINUTE_MS,
    canReschedule: false,
    type: "SCHEDULED",
  },
});
const withoutNode = ({ node: _node, ...signs }: Partial<MachineSigns>) => {
  const whole = { path: PATH, name: "n-1", machine: MACHINE, restartsItself: true, incidents: [], ...signs };
  return judgeMachine(whole, { afterMs: 10 * MINUTE_MS, drainMs: 0, seenSinceMs: 0 }, NOW_MS).is;
};

const TABLE: readonly (readonly [string, Partial<MachineSigns>, string, number?])[] = [
  ["Ready, and nothing said", {}, "well"],
  ["silent for nine minutes", { node: silentFor(9) }, "suspect"],
  ["silent for ten minutes", { node: silentFor(10) }, "failed"],
  ["silent for an hour, and the API answers again since five minutes", { node: silentFor(60) }, "suspect", 5],
  [
    "made anew eight minutes ago under a name whose Node has been silent for an hour",
    { node: silentFor(60), machine: { ...MACHINE, createdMs: NOW_MS - 8 * MINUTE_MS } },
    "suspect",
  ],
  [
    "joined five minutes ago and never Ready yet",
    { node: { ...silentFor(5), readiness: "False", createdMs: NOW_MS - 5 * MINUTE_MS } },
    "well",
  ],
  ["silent since a day that is still to come", { node: silentFor(-1_440) }, "failed"],
  ["silent since an hour that is still to come, by the cluster's clock", { node: silentFor(-60) }, "suspect"],
  [
    "never Ready, without a word since when",
    { node: { ready: false, createdMs: NOW_MS - 3_600_000 } },
    "failed",
  ],
  [
    "not Ready, and said to have joined tomorrow",
    { node: { ...silentFor(15), createdMs: NOW_MS + 86_400_000 } },
    "failed",
  ],
  ["with a deadlocked kernel since tomorrow", trouble("KernelDeadlock", -1_440), "failed"],
  ["with a deadlocked kernel for nine minutes", trouble("KernelDeadlock", 9), "suspect"],
  ["with a read-only file system for ten minutes", trouble("ReadonlyFilesystem", 10), "failed"],
  ["whose hardware reports a fatal error for an hour", trouble("CperHardwareErrorFatal", 60), "failed"],
  ["whose XFS shut down", trouble("XfsShutdown", 60), "failed"],
  ["whose kubelet restarts over and over", trouble("FrequentKubeletRestart", 60), "failed"],
  ["whose containerd restarts over and over", trouble("FrequentContainerdRestart", 60), "failed"],
  ["whose kubelet is unhealthy", trouble("KubeletUnhealthy", 60), "failed"],
  ["whose container runtime is unhealthy", trouble("ContainerRuntimeUnhealthy", 60), "failed"],
  ["short of memory for a day", trouble("MemoryPressure", 1_440), "well"],
  ["with an application's GPU error", trouble("XidApplicationError", 1_440), "well"],
  ["whose host failed five minutes ago", { incidents: [incident("host-error", 5)] }, "suspect"],
  [
    "whose host failed six minutes ago and which was not restarted",
    { incidents: [incident("host-error", 6)], node: silentFor(5) },
    "failed",
  ],
  [
    "whose host failed six minutes ago, and which runs and is Ready: its restart was told to nobody",
    { incidents: [incident("host-error", 6)] },
    "well",
  ],
  [
    "which was stopped six minutes ago, by what was said, and runs and is Ready",
    { incidents: [incident("terminated", 6)] },
    "well",
  ],
  [
    "which was preempted six minutes ago, by what was said, and runs and is Ready",
    { incidents: [incident("preempted", 6)], restartsItself: false },
    "well",
  ],
  [
    "whose host failed just now, and which is spot",
    {
      incidents: [incident("host-error", 0)],
      restartsItself: false,
      machine: { ...MACHINE, status: "STOPPING" },
    },
    "failed",
  ],
  [
    "whose host failed just now, and which is stopped",
    { incidents: [incident("host-error", 0)], machine: { ...MACHINE, status: "TERMINATED" } },
    "failed",
  ],
  ["whose host failed before it was started last", { incidents: [incident("host-error", 90)] }, "well"],
  [
    "whose host failed 22 hours ago, when another one had its name",
    { incidents: [incident("host-error", 1_320, { instanceId: "6" })] },
    "well",
  ],
  [
    "and another one of its name lost its host just now",
    { incidents: [incident("host-error", 0, { instanceId: "6" })] },
    "well",
  ],
  [
    "and another one elsewhere lost its host just now",
    { incidents: [incident("host-error", 0, { machine: `${PATH}0` })] },
    "well",
  ],
  [
    "which was restarted after its host failed",
    { incidents: [incident("host-error", 5), incident("automatic-restart", 2)] },
    "well",
  ],
  [
    "which was preempted, and stops",
    {
      incidents: [incident("preempted", 0)],
      restartsItself: false,
      machine: { ...MACHINE, status: "STOPPING" },
    },
    "failed",
  ],
  [
    "which was preempted, and has no node that is Ready",
    { incidents: [incident("preempted", 0)], restartsItself: false, node: silentFor(0) },
    "failed",
  ],
  [
    "which was preempted, by what was said, and runs and is Ready",
    { incidents: [incident("preempted", 0)], restartsItself: false },
    "suspect",
  ],
  [
    "whose host failed, by what was said, which is spot, and runs and is Ready",
    { incidents: [incident("host-error", 0)], restartsItself: false },
    "suspect",
  ],
  [
    "which was preempted, is no spot machine, and does not run",
    { incidents: [incident("preempted", 0)], machine: { ...MACHINE, status: "TERMINATED" } },
    "failed",
  ],
  ["which moved to another host", { incidents: [incident("migrated", 0)] }, "well"],
  ["which its group repairs since a minute", { incidents: [incident("group-repair", 1)] }, "elsewhere"],
  [
    "which its group repaired long ago, and which is silent",
    { incidents: [incident("group-repair", START_UP_MS / MINUTE_MS)], node: silentFor(11) },
    "failed",
  ],
  ["of which something unknown was said", { incidents: [incident("unknown", 0)] }, "well"],
  [
    "whose host is maintained in 41 minutes, while a drain may take 30",
    { incidents: [incident("maintenance-notice", 9, windowIn(41))] },
    "well",
  ],
  [
    "whose host is maintained in 40 minutes",
    { incidents: [incident("maintenance-notice", 9, windowIn(40))] },
    "soon",
  ],
  [
    "whose host has been maintained since a minute",
    { incidents: [incident("maintenance-notice", 9, windowIn(-1))] },
    "well",
  ],
  [
    "whose host's maintenance was announced for in 10 minutes, and then moved by a day",
    {
      incidents: [
        incident("maintenance-notice", 2, { id: "moved", ...windowIn(1_440) }),
        incident("maintenance-notice", 9, windowIn(10)),
      ],
    },
    "well",
  ],
  [
    "which says that its host is maintained in a day, whatever was announced",
    {
      machine: { ...MACHINE, upcomingMaintenance: { startMs: NOW_MS + 1_440 * MINUTE_MS, reasons: [] } },
      incidents: [incident("maintenance-notice", 9, windowIn(10))],
    },
    "well",
  ],
  [
    "which itself says that its host is maintained in 10 minutes",
    {
      machine: {
        ...MACHINE,
        upcomingMaintenance: { startMs: NOW_MS + 10 * MINUTE_MS, reasons: ["FAILURE_DISK"] },
      },
    },
    "soon",
  ],
  [
    "whose host is maintained in 10 minutes, which was moved to tomorrow since",
    {
      incidents: [
        incident("maintenance-notice", 30, windowIn(10)),
        incident("maintenance-notice", 9, windowIn(1_440)),
      ],
    },
    "well",
  ],
  [
    "whose host was to be maintained in 10 minutes, and which itself says tomorrow",
    {
      incidents: [incident("maintenance-notice", 30, windowIn(10))],
      machine: { ...MACHINE, upcomingMaintenance: { startMs: NOW_MS + 86_400_000, reasons: [] } },
    },
    "well",
  ],
  ["which Compute Engine restarts", { machine: { ...MACHINE, status: "REPAIRING" } }, "suspect"],
];

describe("the verdict of a machine", () => {
  for (const [what, signs, is, regained] of TABLE)
    it(`${what} is ${is}`, () => assert.equal(verdict(signs, regained).is, is));

  it("that was made since the maintenance of its neighbours was announced stays: its successor would fare no better", () => {
    const startMs = NOW_MS + 10 * MINUTE_MS;
    const madeFor = (minutes: number, noticeMinutesAgo: number, windowMinutes: number) =>
      verdict({
        machine: {
          ...MACHINE,
          createdMs: NOW_MS - minutes * MINUTE_MS,
          upcomingMaintenance: { startMs, reasons: [] },
        },
        noticesNearby: [incident("maintenance-notice", noticeMinutesAgo, windowIn(windowMinutes))],
      }).is;
    assert.equal(madeFor(20, 50, 10), "well");
    assert.equal(madeFor(20, 5, 10), "soon", "it was there before");
    assert.equal(madeFor(20, 50, 300), "soon", "that is another maintenance");
  });

  it("that never joined is failed when it has run for its start-up bound", () => {
    const runningFor = (ms: number) => ({ machine: { ...MACHINE, startedMs: NOW_MS - ms } });
    assert.equal(withoutNode(runningFor(START_UP_MS - 1)), "well");
    assert.equal(withoutNode(runningFor(START_UP_MS)), "failed");
    assert.equal(withoutNode({ machine: { ...MACHINE, status: "STAGING" } }), "well");
  });

  it("that never joined has the time that its pool gives, also when its group makes it anew", () => {
    const joinMs = 30 * MINUTE_MS;
    const judged = (runsForMs: number, incidents: readonly Incident[] = []) => {
      const machine = { ...MACHINE, startedMs: NOW_MS - runsForMs };
      const signs = { path: PATH, name: "n-1", machine, restartsItself: true, incidents };
      return judgeMachine(signs, { afterMs: 10 * MINUTE_MS, drainMs: 0, seenSinceMs: 0, joinMs }, NOW_MS);
    };
    assert.equal(judged(joinMs - 1).is, "well");
    const found = judged(joinMs);
    assert(found.is === "failed");
    assert.match(found.reason, /has not joined within 30 minutes$/);
    assert.equal(judged(3 * joinMs, [incident("group-repair", 29)]).is, "elsewhere");
  });

  it("says since when and why, in a clause", () => {
    const found = verdict({ node: silentFor(10) });
    assert("reason" in found);
    assert.equal(found.reason, "node n-1 has been silent since 2026-11-23T11:50:00.000Z");
    assert.equal(HOST_RESTART_MS, 6 * MINUTE_MS);
    assert.equal(MAINTENANCE_MARGIN_MS, 10 * MINUTE_MS);
  });
});
