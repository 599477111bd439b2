/** A cluster on one screen: golden texts. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { describeCluster } from "../../../cli/show/describe.ts";
import { eventLines, shortKey } from "../../../cli/show/events.ts";
import { maintenanceIn, maintenanceOf, maintenanceText } from "../../../cli/show/maintenance.ts";
import type { Maintenance } from "../../../shared/nodes/windows.ts";
import { NO_CARE, type Pause } from "../../../shared/status/care.ts";
import type { EventRecord } from "../../../shared/status/cluster-status.ts";
import type { DisruptionRecord } from "../../../shared/status/disruption.ts";
import { ago, cluster, condition, NOW_MS } from "../../support/shown-cluster.ts";
import { quickstartSpec } from "../../support/specs.ts";

describe("A cluster on one screen", () => {
  const event: EventRecord = {
    schemaVersion: 1,
    atMs: NOW_MS - 1_000,
    uid: "abc123",
    epoch: 1,
    cause: "document written",
    lines: [
      {
        level: "info",
        verb: "insert",
        key: "projects/p/global/networks/shop",
        message: "missing: the network",
      },
      { level: "warning", verb: "failed", key: "/api/v1/nodes/a%3Ab", message: "no answer" },
    ],
    expireAt: ago(0),
  };

  it("holds facts, conditions with their reasons, resources, failures and the last events", () => {
    const failure = {
      key: "projects/p/global/networks/shop",
      kind: "networks",
      code: "quota-exceeded",
      message: "Quota NETWORKS exceeded",
      count: 3,
      firstMs: NOW_MS,
      retryAtMs: NOW_MS + 12_000,
    };
    const text = stripVTControlCharacters(
      describeCluster(
        {
          cluster: cluster({ failures: [failure] }),
          events: [event],
          disruptions: [],
          maintenance: undefined,
        },
        NOW_MS,
        80,
      ),
    );
    assert.match(text, /^shop\n {2}Phase {7}Provisioning\n/);
    assert.match(text, /✗ ControlPlaneReady {2}since 60s {2}Waiting\n {6}missing: the probe/);
    assert.match(
      text,
      /! networks\/shop: quota-exceeded, 3 times, next try in 12 s\n {6}Quota NETWORKS exceeded/,
    );
    assert.match(text, /· insert {4}networks\/shop {2}missing: the network\n/);
    assert.match(text, /Next look {3}in 5 s/);
    assert.doesNotMatch(text, /Out of service|Maintenance/);
  });

  it("points to the runbook of each condition that is not as one would wish", () => {
    const conditions = [
      condition("SpecAccepted"),
      condition("NodesReady", "The zone is full.", "Stockout"),
      condition("AddonsReady", "Said by a later version.", "NotKnownHere"),
    ];
    const seen = { cluster: cluster({ conditions }), events: [], disruptions: [], maintenance: undefined };
    const text = stripVTControlCharacters(describeCluster(seen, NOW_MS, 80));
    assert.equal(
      text.slice(text.indexOf("Conditions\n"), text.indexOf("\nResources")),
      [
        "Conditions",
        "  ✓ SpecAccepted  since 60s",
        "  ✗ NodesReady    since 60s  Stockout",
        "      The zone is full.",
        "      docs/runbooks/Stockout.md",
        "  ✗ AddonsReady   since 60s  NotKnownHere",
        "      Said by a later version.",
        "",
      ].join("\n"),
    );
  });

  it("shows what is out of service, what is paused and the next maintenance window", () => {
    const pause = { pool: "general", by: "ann@acme.example", reason: "load test", sinceMs: NOW_MS - 60_000 };
    const paused = cluster({ care: { ...NO_CARE, pauses: [pause] } });
    const windows = [
      { start: "2026-01-03T02:00", timezone: "UTC", duration: "4h", recurrence: "FREQ=WEEKLY" },
    ];
    const spec = { ...quickstartSpec(), name: "shop", maintenance: { windows } };
    const drained: DisruptionRecord = {
      schemaVersion: 1,
      uid: "ab12cd",
      node: "shop-ab12cd-n-general-x1y2",
      pool: "general",
      owner: "us",
      cause: "command",
      reason: "drain asked for by ann@acme.example (a noisy disk)",
      operation: "drain-1",
      sinceMs: NOW_MS - 600_000,
      deadlineMs: NOW_MS + 300_000,
      policy: "force",
      state: "draining",
      blockers: ["web-1", "web-2", "web-3", "web-4"].map((pod) => ({
        pod: `shop/${pod}`,
        budgets: ["shop/web"],
        why: `budget shop/web (wants 4 healthy pods, has 4) holds pod shop/${pod}`,
      })),
      blockersMore: 2,
      changedMs: NOW_MS,
      endedMs: null,
      result: null,
    };
    const foreign: DisruptionRecord = {
      ...drained,
      node: "shop-ab12cd-n-general-z9",
      owner: "others",
      cause: undefined,
      reason: "somebody else cordoned it",
      operation: undefined,
      sinceMs: null,
      deadlineMs: null,
      policy: null,
      state: "cordoned",
      blockers: [],
      blockersMore: 0,
    };
    const seen = {
      cluster: paused,
      events: [],
      disruptions: [drained, foreign],
      maintenance: maintenanceIn({ ...paused, spec }, NOW_MS),
    };
    const text = stripVTControlCharacters(describeCluster(seen, NOW_MS, 80));
    assert.equal(
      text.slice(text.indexOf("Maintenance\n")),
      [
        "Maintenance",
        "  Paused      pool general by ann@acme.example (load test)",
        "  Window      closed: upgrades wait",
        "  Next        Sat 2026-11-07 02:00 UTC for 4 h, in 5 d 14 h",
        "",
        "Out of service",
        "  ✗ shop-ab12cd-n-general-x1y2  is being drained  command  since 10m",
        "      drain asked for by ann@acme.example (a noisy disk) (operation drain-1)",
        "      deadline in 5 min, then budgets are overridden",
        "      waits: budget shop/web (wants 4 healthy pods, has 4) holds pod shop/web-1",
        "      waits: budget shop/web (wants 4 healthy pods, has 4) holds pod shop/web-2",
        "      waits: budget shop/web (wants 4 healthy pods, has 4) holds pod shop/web-3",
        "      and for 3 more",
        "  … shop-ab12cd-n-general-z9  cordoned by somebody else",
        "",
      ].join("\n"),
    );
  });

  it("never calls a cluster open that is paused or excluded", () => {
    const now = (maintenance: Partial<Maintenance>, pauses: readonly Pause[] = []) => {
      const spec = quickstartSpec();
      const asked = { ...spec, maintenance: { ...spec.maintenance, ...maintenance } };
      const seen = maintenanceOf(asked, cluster({ care: { ...NO_CARE, pauses } }).status, NOW_MS);
      return stripVTControlCharacters(maintenanceText(seen, NOW_MS))
        .split("\n")[0]
        ?.replace(/^now +/, "");
    };
    const day = (days: number) => new Date(NOW_MS + days * 86_400_000).toISOString();
    const exclusion = { name: "sale", from: day(-1), to: day(1), scope: "all" as const };
    const pause = { by: "ann@acme.example", reason: "load test", sinceMs: NOW_MS };
    assert.match(now({}) ?? "", /^open: the cluster has no maintenance windows/);
    assert.equal(now({ exclusions: [exclusion] }), "closed: upgrades wait for the end of exclusion sale");
    assert.match(now({ exclusions: [{ ...exclusion, from: day(0.5) }] }) ?? "", /^open/);
    assert.match(now({ exclusions: [{ ...exclusion, scope: "minor" }] }) ?? "", /^open/);
    assert.equal(now({}, [pause]), "paused: nothing is upgraded or repaired");
    assert.match(now({}, [{ ...pause, pool: "general" }]) ?? "", /^open/);
  });

  it("names the day of events that are not of today", () => {
    assert.match(
      stripVTControlCharacters(eventLines(event, NOW_MS + 3 * 86_400_000)),
      /^2026-1\d-\d\d \d\d:/,
    );
    assert.match(stripVTControlCharacters(eventLines(event, NOW_MS)), /^\d\d:\d\d:\d\d · insert/);
  });

  it("shortens what resources are called", () => {
    assert.equal(
      shortKey("/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ax"),
      "clusterroles/system:x",
    );
  });
});
