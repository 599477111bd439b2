/** What people read while a cluster changes: golden texts. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { describeCluster } from "../../../cli/show/describe.ts";
import {
  NOTHING_TOLD,
  progressLines,
  standing,
  summary,
  tellProgress,
  toldBefore,
} from "../../../cli/show/progress.ts";
import { visibleLength } from "../../../cli/show/text.ts";
import { cluster, condition, line, NOW_MS, plain } from "../../support/shown-cluster.ts";

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
