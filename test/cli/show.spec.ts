/** What people read: golden texts. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import type { ClusterView } from "../../cli/api-client.ts";
import { wantsColor } from "../../cli/show/color.ts";
import { describeCluster } from "../../cli/show/describe.ts";
import { eventLines, shortKey } from "../../cli/show/events.ts";
import { explanationLines } from "../../cli/show/explain.ts";
import { maintenanceIn, maintenanceOf, maintenanceText } from "../../cli/show/maintenance.ts";
import { nextSteps } from "../../cli/show/next-steps.ts";
import { operationTable } from "../../cli/show/operations.ts";
import {
  NOTHING_TOLD,
  progressLines,
  standing,
  summary,
  tellProgress,
  toldBefore,
} from "../../cli/show/progress.ts";
import { diffLines, specLines } from "../../cli/show/spec-diff.ts";
import { clusterTable } from "../../cli/show/table.ts";
import { age, clipped, span, visibleLength, wrap } from "../../cli/show/text.ts";
import { usageError } from "../../cli/show/usage-error.ts";
import type { Maintenance } from "../../shared/nodes/windows.ts";
import { NO_CARE, type Pause } from "../../shared/status/care.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import type { DisruptionRecord } from "../../shared/status/disruption.ts";
import { quickstartSpec } from "../support/specs.ts";

const NOW_MS = Date.parse("2026-11-01T12:00:00Z");
const ago = (seconds: number): string => new Date(NOW_MS - seconds * 1_000).toISOString();

type Status = NonNullable<ClusterView["status"]>;
type Condition = Status["conditions"][number];

function condition(type: Condition["type"], message = "", reason = "Waiting"): Condition {
  const common = { type, lastTransitionTime: ago(60), observedGeneration: 1 };
  if (message === "") return { ...common, status: "True", reason: "AsDeclared", message };
  return { ...common, status: "False", reason, message };
}
function line(kind: string, observed: number, desired: number, settled = observed === desired) {
  return { kind, observed, desired, settled };
}

function cluster(changes: Partial<Status> = {}): ClusterView {
  const status: Status = {
    uid: "ab12cd",
    phase: "Provisioning",
    conditions: [
      condition("SpecAccepted"),
      condition("NetworkReady"),
      condition("ControlPlaneReady", "missing: the probe; missing: the machine; and 2 more."),
      condition("NodesReady", "Waiting for the Kubernetes API."),
    ],
    generation: 1,
    readyGeneration: 0,
    deleting: false,
    inventory: [
      line("networks", 1, 1),
      line("firewalls", 9, 9),
      line("addresses", 2, 2, false),
      line("control-plane", 0, 1),
      line("machine-groups", 0, 2),
      line("nodes", 0, 3),
      line("node-care", 0, 2, false),
    ],
    nodes: { desired: 4, ready: 1, total: 1 },
    failures: [],
    inFlight: [],
    operation: "create-1",
    pins: { kubernetesVersion: "1.36.4", images: {}, initialised: false },
    wakeAtMs: NOW_MS + 5_000,
    endpoint: "https://127.64.0.0:6443",
    ...changes,
  };
  return { id: "shop", spec: { project: "acme", region: "europe-west4" }, status };
}

const plain = (lines: readonly string[]): string => lines.map(stripVTControlCharacters).join("\n");

describe("Progress on a terminal", () => {
  it("says group by group what is done, what is waited for and why", () => {
    assert.equal(
      plain(progressLines(cluster(), 14_000, 80)),
      [
        "shop  Provisioning  14 s  https://127.64.0.0:6443",
        "  ✓ Network         network, 9 firewall rules",
        "  ◐ Control plane   2 addresses…, 0 of 1 machine",
        "                    Still missing: the probe; the machine; and 2 more.",
        "  ○ Nodes           0 of 2 machine groups, 1 of 4 nodes ready",
      ].join("\n"),
    );
  });

  it("keeps its lines within a narrow terminal, clips long reasons and keeps their order", () => {
    const message = `Waiting for ${"the machine to boot; ".repeat(30)}`;
    const long = cluster({ conditions: [condition("ControlPlaneReady", message)] });
    const lines = progressLines(long, 1_000, 80);
    assert(lines.every((text) => visibleLength(text) <= 80));
    assert.equal(lines.filter((text) => text.includes("the machine to boot")).length, 3);
    assert(lines.some((text) => stripVTControlCharacters(text).endsWith(" …")));
  });

  it("marks what a person must mend, and a refused spec", () => {
    const stuck = cluster({
      phase: "Blocked",
      conditions: [
        condition("SpecAccepted", "region: cannot change; set it back", "ChangeRefused"),
        condition("NetworkReady", "networks/shop is somebody else's; rename it", "NameTaken"),
      ],
    });
    assert.match(plain(progressLines(stuck, 0, 80)), /The spec is refused: region: cannot change/);
    assert.match(plain(progressLines(stuck, 0, 80)), /✗ Network .*\n +networks\/shop is somebody else's/);
  });

  it("counts down what is left of a cluster that goes", () => {
    const going = cluster({ phase: "Deleting", deleting: true, inventory: [line("networks", 1, 0, true)] });
    assert.match(plain(progressLines(going, 0, 80)), /◐ Network {9}1 network left/);
    const gone = cluster({ phase: "Deleting", deleting: true, inventory: [line("networks", 0, 0)] });
    assert.match(plain(progressLines(gone, 0, 80)), /✓ Network {9}nothing left/);
    assert.match(plain(tellProgress(gone, 0, NOTHING_TOLD).lines), /✓ shop: network: nothing left/);
  });

  it("waits for the control plane to take a new document in", () => {
    assert.match(plain(progressLines({ id: "shop" }, 0, 80)), /has not taken it in yet/);
  });

  it("puts kinds that it has no words for at the end, in the words of their name", () => {
    const strange = cluster({ inventory: [line("load-cannons", 1, 2), line("networks", 1, 1)] });
    assert.match(plain(progressLines(strange, 0, 80)), /Network .*network\n.*Others {10}1 of 2 load cannons/);
  });
});

describe("Progress of a cluster that was Ready before", () => {
  const message = "0 of 2 machines of pool general replaced; waiting for node n-1 to be drained.";
  const changing = cluster({
    phase: "Updating",
    readyGeneration: 1,
    generation: 2,
    conditions: [condition("NodesReady"), condition("UpToDate", message)],
    inventory: [
      line("networks", 1, 1),
      line("kubernetes-version", 0, 1),
      line("machine-groups", 1, 1, false),
    ],
  });

  it("says what it waits for, though all of its resources are there", () => {
    assert.equal(standing(changing), message);
    assert.equal(standing(cluster()), undefined, "of a new one the groups say it");
    const text = plain(progressLines(changing, 0, 60, standing(changing)));
    assert.match(
      text,
      /\n {2}0 of 2 machines of pool general replaced; waiting for\n {2}node n-1 to be drained\.$/,
    );
    assert.doesNotMatch(text, /Others/);
  });

  it("tells in a log what comes of it, when, and not what has long been there", () => {
    const first = tellProgress(changing, 3_000, toldBefore(changing), message);
    assert.deepEqual(first.lines.map(stripVTControlCharacters), [`[3 s]   … shop: ${message}`]);
    assert.deepEqual(tellProgress(changing, 4_000, first.told, message).lines, []);
    assert.deepEqual(toldBefore(cluster()), NOTHING_TOLD);
  });
});

describe("Progress in a log", () => {
  it("tells each thing once, and a changing reason not more than four times a minute", () => {
    const first = tellProgress(cluster(), 1_000, NOTHING_TOLD);
    assert.deepEqual(first.lines.map(stripVTControlCharacters), [
      "[1 s]   ✓ shop: network: network, 9 firewall rules",
      "[1 s]   … shop: control plane: Still missing: the probe; the machine; and 2 more.",
    ]);
    assert.deepEqual(tellProgress(cluster(), 2_000, first.told).lines, []);
    const changed = cluster({ conditions: [condition("ControlPlaneReady", "Waiting for the machine.")] });
    assert.deepEqual(tellProgress(changed, 3_000, first.told).lines, []);
    assert.equal(tellProgress(changed, 20_000, first.told).lines.length, 1);
  });

  it("tells again what was done and came undone", () => {
    const { told } = tellProgress(cluster(), 0, NOTHING_TOLD);
    const broken = cluster({ inventory: [line("networks", 1, 1, false)] });
    const mended = tellProgress(cluster(), 2_000, tellProgress(broken, 1_000, told).told);
    assert(mended.lines.some((text) => text.includes("✓ shop: network")));
  });

  it("counts more nodes than are wanted, as there are while machines are replaced, as such", () => {
    const more = cluster({ nodes: { desired: 3, ready: 4, total: 4 } });
    assert.match(summary(more), /4 nodes ready, 3 wanted/);
    const seen = { cluster: more, events: [], disruptions: [], maintenance: undefined };
    assert.match(
      stripVTControlCharacters(describeCluster(seen, NOW_MS, 80)),
      /\n {2}Nodes {7}4 ready, 3 wanted\n/,
    );
  });

  it("ends with what there is", () => {
    assert.equal(summary(cluster()), "Kubernetes 1.36.4, 1 of 4 nodes ready, https://127.64.0.0:6443");
  });
});

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

describe("Tables", () => {
  it("line up whatever stands in them", () => {
    const rows = stripVTControlCharacters(clusterTable([cluster(), { id: "a-longer-name" }], NOW_MS));
    assert.equal(
      rows,
      [
        "NAME           PHASE         VERSION  NODES  ENDPOINT                 SINCE",
        "shop           Provisioning  1.36.4   1/4    https://127.64.0.0:6443",
        "a-longer-name  Pending",
        "",
      ].join("\n"),
    );
  });

  it("show project, region and uid when they may be wide", () => {
    assert.match(clusterTable([cluster()], NOW_MS, true), /acme {5}europe-west4 {2}ab12cd/);
  });

  it("tell how far an operation is and how long it took", () => {
    const operation = {
      schemaVersion: 1 as const,
      id: "create-1",
      uid: "abc123",
      type: "create" as const,
      generation: 1,
      cause: "document written",
      startedMs: NOW_MS - 200_000,
      endedMs: NOW_MS - 120_000,
      result: "succeeded" as const,
      steps: [{ kind: "networks", done: 1, total: 1, settled: true }],
      message: "",
    };
    assert.match(
      stripVTControlCharacters(operationTable([operation], NOW_MS)),
      /create-1 {3}succeeded {2}1\/1 {4}3m ago {3}1 min 20 s/,
    );
  });
});

describe("A difference of specs", () => {
  it("names each field with both values, pools by their name, and what is done to machines", () => {
    const before = quickstartSpec();
    const [general, batch] = before.nodePools;
    assert(general !== undefined && batch !== undefined);
    const after = {
      ...before,
      deletionProtection: true,
      kubernetes: { ...before.kubernetes, version: "1.37" },
      controlPlane: { ...before.controlPlane, machineType: "e2-standard-8" },
      nodePools: [
        { ...general, size: 3, machineType: "e2-standard-8" },
        { ...general, name: "extra" },
      ],
    };
    assert.deepEqual(diffLines(before, after).map(stripVTControlCharacters), [
      `~ kubernetes.version: "1.36" → "1.37" (replaces machines where it is an upgrade, the control plane's first)`,
      `~ controlPlane.machineType: "${general.machineType}" → "e2-standard-8" (replaces the control-plane machines, one after another)`,
      "~ deletionProtection: false → true",
      `~ nodePools[general].machineType: "${general.machineType}" → "e2-standard-8" (replaces the pool's machines)`,
      "~ nodePools[general].size: 2 → 3",
      `- nodePools[batch]: 1 machine ${batch.machineType}, flatcar, spot (its machines are drained and deleted)`,
      `+ nodePools[extra]: 2 machines ${general.machineType}, ${general.os}`,
    ]);
    assert.deepEqual(diffLines(before, before), []);
    const inPlace = { ...general, upgrade: { ...general.upgrade, strategy: "in-place" as const } };
    const [restarted] = diffLines(
      { ...before, nodePools: [inPlace] },
      { ...before, nodePools: [{ ...inPlace, machineType: "e2-standard-8" }] },
    ).map(stripVTControlCharacters);
    assert.match(restarted ?? "", /\(restarts the pool's machines\)$/);
  });

  it("sums a new cluster up", () => {
    const lines = specLines(quickstartSpec()).map(stripVTControlCharacters);
    assert.match(lines[0] ?? "", /^\+ Kubernetes 1\.36 in europe-west4 .*project demo-project$/);
    assert.equal(lines.length, 5);
  });
});

describe("A mistake in a command line", () => {
  it("leads on to what is called otherwise here, and to the choices that there are", () => {
    const table = [
      [
        "error: unknown command 'status'\n(Did you mean start?)\n",
        "error: unknown command 'status'\n(Did you mean describe?)\n",
      ],
      ["error: unknown command 'watch'\n", "error: unknown command 'watch'\n(Did you mean wait?)\n"],
      [
        "error: unknown command 'gett'\n(Did you mean get?)\n",
        "error: unknown command 'gett'\n(Did you mean get?)\n",
      ],
      [
        "error: command-argument value 'boom' is invalid for argument 'power'. Allowed choices are hang, zone-outage.\n",
        "error: 'boom' is no choice; use one of hang, zone-outage\n",
      ],
      [
        "error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are text, json.\n",
        "error: 'xml' is no choice for --output; use one of text, json\n",
      ],
    ] as const;
    for (const [text, told] of table) assert.equal(usageError(text), told);
  });
});

describe("Words and widths", () => {
  it("say how long something took as a person would", () => {
    assert.deepEqual(
      [0, 14_400, 60_000, 185_000, 7_200_000, 7_440_000, 169_200_000, 172_800_000, 482_900_000].map(span),
      ["0 s", "14 s", "1 min", "3 min 5 s", "2 h", "2 h 4 min", "47 h", "2 d", "5 d 14 h"],
    );
    assert.deepEqual(
      [90, 600, 9_000, 400_000].map((seconds) => age(ago(seconds), NOW_MS)),
      ["90s", "10m", "2h", "4d"],
    );
  });

  it("break lines between words and lose none of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 40 }),
        fc.integer({ min: 40, max: 120 }),
        (words, width) => {
          const lines = wrap(words.join(" "), width);
          assert.equal(lines.join(" "), words.join(" "));
          assert(lines.every((text) => text.length <= width));
        },
      ),
    );
    assert.deepEqual(clipped(["a", "b;", "c"], 2), ["a", "b …"]);
  });

  it("use colors on a terminal alone, and never under NO_COLOR", () => {
    assert.equal(wantsColor({}, true), true);
    assert.equal(wantsColor({}, false), false);
    assert.equal(wantsColor({ NO_COLOR: "1", FORCE_COLOR: "1" }, true), false);
    assert.equal(wantsColor({ TERM: "dumb" }, true), false);
    assert.equal(wantsColor({ FORCE_COLOR: "1" }, false), true);
  });

  it("name the first cluster's own rule among the next steps, in lines of 80 columns", () => {
    const steps = stripVTControlCharacters(nextSteps("quickstart", "ab12cd", "examples/quickstart.yaml"));
    assert.match(steps, /firewall-rules delete quickstart-ab12cd-ssh --quiet/);
    assert(steps.split("\n").every((text) => text.length <= 80));
  });
});

describe("an explanation", () => {
  it("reads pass by pass, with the cause of what disturbs a machine, and where it stands", () => {
    const text = explanationLines(
      {
        subject: "node n-1",
        passes: [
          {
            atMs: NOW_MS - 60_000,
            epoch: 7,
            wokenBy: "machine event",
            steps: [
              {
                is: "heard",
                verb: "incident",
                key: "projects/p/zones/z/instances/n-1",
                why: "host-error: terminated",
              },
              {
                is: "did",
                verb: "instances.reset",
                key: "projects/p/zones/z/instances/n-1",
                why: "it is silent for 10 min, bound 10 min",
                cause: "repair",
              },
            ],
          },
        ],
        now: ["NodesReady (Waiting): waiting for node n-1 to be Ready"],
      },
      NOW_MS,
      80,
    );
    const [, head, ...rest] = stripVTControlCharacters(text).split("\n");
    assert.match(head ?? "", /^\d\d:\d\d:\d\d pass 7, woken by: machine event$/);
    assert.deepEqual(rest, [
      "  heard  incident instances/n-1",
      "           host-error: terminated",
      "  did    reset instances/n-1 [repair]",
      "           it is silent for 10 min, bound 10 min",
      "Now: NodesReady (Waiting): waiting for node n-1 to be Ready",
      "",
    ]);
  });

  it("says so when no record tells of it", () => {
    const text = explanationLines({ subject: "node n-1", passes: [], now: [] }, NOW_MS, 80);
    assert.equal(
      stripVTControlCharacters(text),
      "node n-1\nNo record tells of it. Records are kept for 30 days.\n",
    );
  });
});
