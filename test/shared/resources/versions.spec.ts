/** The way up, step by step: when a step begins, what it waits for, and that it never goes back. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Hold } from "../../../shared/nodes/hold.ts";
import type { Cluster, KubernetesFacts, NodeFacts, UpgradePins } from "../../../shared/resources/resource.ts";
import { decideVersions, nodesVersion, stepOf, targetVersion } from "../../../shared/resources/versions.ts";
import { KUBERNETES_MINORS, versionsBetween } from "../../../shared/spec/kubernetes-versions.ts";
import { exampleSpec, TEST_NOW_MS } from "../../support/specs.ts";

const spec = exampleSpec("quickstart");
const NAMES = ["quickstart-ab12cd-cp-0", "quickstart-ab12cd-n-general-x1y2"] as const;

function node(name: string, kubeletVersion: string): NodeFacts {
  return { name, kubeletVersion, ready: true, unschedulable: false, bootId: "", labels: {} };
}
function kubernetes(server: string, worker: string, strangers: readonly NodeFacts[] = []): KubernetesFacts {
  const [member, machine] = NAMES;
  return {
    version: server,
    apiServers: [member],
    apiServerVersions: { [member]: server },
    nodes: [node(member, server), node(machine, worker), ...strangers],
  };
}
function cluster(
  wish: string,
  present: string,
  facts: KubernetesFacts | undefined,
  upgrade?: UpgradePins,
): Cluster {
  const machine = { member: 0, name: NAMES[0], zone: "z", selfLink: "x", running: true };
  return {
    id: "quickstart",
    uid: "ab12cd",
    spec: { ...spec, kubernetes: { ...spec.kubernetes, version: wish } },
    pins: { kubernetesVersion: present, images: {}, initialised: true, ...(upgrade && { upgrade }) },
    facts: { controlPlane: [machine], kubeadmAddons: [], ...(facts && { kubernetes: facts }) },
    deleting: false,
    joinUrl: "https://join.example.com",
  };
}
function withAuto(of: Cluster, changes: Partial<Cluster["spec"]["maintenance"]["autoUpgrade"]>): Cluster {
  const { maintenance } = of.spec;
  const autoUpgrade = { ...maintenance.autoUpgrade, ...changes };
  return { ...of, spec: { ...of.spec, maintenance: { ...maintenance, autoUpgrade } } };
}
const decide = (of: Cluster, holds: readonly Hold[] = []) => decideVersions(of, holds, TEST_NOW_MS);

describe("the version of a cluster", () => {
  it("stays while it fulfils the wish and nothing is taken by itself", () => {
    const calm = withAuto(cluster("1.36", "1.36.2", kubernetes("1.36.2", "1.36.2")), { patch: false });
    assert.deepEqual(decide(calm), {});
    assert.deepEqual(decide(cluster("1.36.2", "1.36.2", kubernetes("1.36.2", "1.36.2"))), {});
  });

  it("takes the newest patch of its minor by itself, and waits for nothing until it may", () => {
    const of = cluster("1.36", "1.36.2", kubernetes("1.36.2", "1.36.2"));
    const { pins, message } = decide(of);
    assert.deepEqual(pins, { kubernetesVersion: "1.36.4", upgrade: { from: "1.36.2", nodes: "1.36.2" } });
    assert.equal(message, "step 1 of 1: 1.36.2 → 1.36.4, by itself (maintenance.autoUpgrade)");
    const closed: Hold = { reason: "OutsideWindow", causes: ["upgrade"], waitsFor: "the next window" };
    assert.deepEqual(decide(of, [closed]), {});
    assert.deepEqual(decide(cluster("1.36", "1.36.2", kubernetes("1.36.1", "1.36.2"))), {});
  });

  it("takes the next minor by itself where the spec says so, one upgrade after another", () => {
    const auto = (present: string, upgrade?: UpgradePins) =>
      withAuto(cluster("1.35", present, kubernetes(present, present), upgrade), { minor: true });
    assert.equal(decide(auto("1.35.8")).pins?.kubernetesVersion, "1.36.4");
    const arrived = decide(auto("1.36.4", { from: "1.35.8", nodes: "1.36.4" }));
    assert.deepEqual(arrived.pins, { kubernetesVersion: "1.36.4" });
    assert.equal(decide(auto("1.36.4")).pins?.kubernetesVersion, "1.37.1");
    assert.deepEqual(decide(auto("1.37.1")), {});
  });

  it("goes to the newest patch of the next minor, however far the wish is, and the nodes stay (S9)", () => {
    const { pins, message } = decide(cluster("1.37", "1.35.8", kubernetes("1.35.8", "1.35.8")));
    assert.deepEqual(pins, { kubernetesVersion: "1.36.4", upgrade: { from: "1.35.8", nodes: "1.35.8" } });
    assert.equal(nodesVersion(pins ?? { kubernetesVersion: "" }), "1.35.8");
    assert.equal(message, "step 1 of 2: 1.35.8 → 1.36.4, on the way to 1.37.1");
  });

  it("is the nodes' too once every API server has it, and the next step waits for every kubelet (S9)", () => {
    const upgrade = { from: "1.35.8", nodes: "1.35.8" };
    const waiting = decide(cluster("1.37", "1.36.4", kubernetes("1.35.8", "1.35.8"), upgrade));
    assert.deepEqual(waiting, { waitsFor: "API servers of 1.36.4 (0 of 1 run it)" });
    const through = decide(cluster("1.37", "1.36.4", kubernetes("1.36.4", "1.35.8"), upgrade));
    assert.deepEqual(through.pins?.upgrade, { from: "1.35.8", nodes: "1.36.4" });
    const nodes = decide(
      cluster("1.37", "1.36.4", kubernetes("1.36.4", "1.35.8"), { ...upgrade, nodes: "1.36.4" }),
    );
    assert.match(
      nodes.waitsFor ?? "",
      /^kubelets of 1\.36\.4 \(1 of 2 nodes run it; not yet: .*-n-general-x1y2\)$/,
    );
    const second = decide(
      cluster("1.37", "1.36.4", kubernetes("1.36.4", "1.36.4"), { ...upgrade, nodes: "1.36.4" }),
    );
    assert.equal(second.message, "step 2 of 2: 1.36.4 → 1.37.1");
  });

  it("rests when everything has it, and forgets that there was an upgrade", () => {
    const upgrade = { from: "1.35.8", nodes: "1.37.1" };
    const { pins } = decide(cluster("1.37", "1.37.1", kubernetes("1.37.1", "1.37.1"), upgrade));
    assert.deepEqual(pins, { kubernetesVersion: "1.37.1" });
  });

  it("is there, or goes on, only when kube-proxy and CoreDNS have come along, whoever died on the way", () => {
    const upgrade = { from: "1.35.8", nodes: "1.36.4" };
    const told = (wish: string, kubeadmAddons: Cluster["facts"]["kubeadmAddons"]) => {
      const { facts, ...of } = cluster(wish, "1.36.4", kubernetes("1.36.4", "1.36.4"), upgrade);
      const { kubeadmAddons: _none, ...rest } = facts;
      return decide({ ...of, facts: { ...rest, ...(kubeadmAddons && { kubeadmAddons }) } });
    };
    const proxy = { name: "kube-proxy", version: "1.36.4" } as const;
    const late = [
      { ...proxy, version: "1.35.8" },
      { name: "CoreDNS", version: "1.13.1" },
    ] as const;
    for (const wish of ["1.36", "1.37"]) {
      assert.deepEqual(told(wish, late), {
        waitsFor: "kube-proxy 1.36.4 and CoreDNS 1.14.2 to be asked for in the cluster",
      });
      assert.match(told(wish, undefined).waitsFor ?? "", /^a look at what kubeadm has installed/);
    }
    assert.deepEqual(told("1.36", [proxy, { name: "CoreDNS", version: "1.15.0" }]).pins, {
      kubernetesVersion: "1.36.4",
    });
  });

  it("does not move past what a kubelet of somebody else's can bear: those at n-3 move first (S9)", () => {
    const old = [node("mine", "1.33.4")];
    const { waitsFor } = decide(cluster("1.37", "1.36.4", kubernetes("1.36.4", "1.36.4", old)));
    assert.equal(waitsFor, "mine to run a kubelet of 1.34 or newer, before the control plane goes to 1.37.1");
  });

  it("does not move while a hold for upgrades stands, nor without the API, nor while the cluster goes", () => {
    const calm = cluster("1.37", "1.36.4", kubernetes("1.36.4", "1.36.4"));
    const hold: Hold = { reason: "Paused", causes: ["upgrade"], waitsFor: "the pause to end" };
    assert.deepEqual(decide(calm, [hold]), {
      because: "Paused",
      waitsFor: "the pause to end, for the upgrade 1.36.4 → 1.37.1",
    });
    assert.equal(decide(calm, [{ ...hold, causes: ["repair"] }]).pins?.kubernetesVersion, "1.37.1");
    assert.equal(decide(cluster("1.37", "1.36.4", undefined)).pins, undefined);
    assert.equal(decide({ ...calm, deleting: true }).pins, undefined);
  });

  it("never goes back and never jumps over a minor, whatever is wished and whatever runs (S9)", () => {
    const versions = KUBERNETES_MINORS.flatMap(({ minor, newestPatch }) => [
      `${minor}.0`,
      `${minor}.${newestPatch}`,
    ]);
    const any = fc.constantFrom(...versions);
    const wishes = fc.constantFrom(...versions, ...KUBERNETES_MINORS.map(({ minor }) => minor));
    const minor = (version: string) => Number(version.split(".")[1]);
    fc.assert(
      fc.property(wishes, any, any, any, (wish, present, server, worker) => {
        const { pins } = decide(cluster(wish, present, kubernetes(server, worker)));
        if (pins === undefined || pins.kubernetesVersion === present) return;
        assert.ok(versionsBetween(present, pins.kubernetesVersion) !== undefined);
        assert.ok(minor(pins.kubernetesVersion) <= minor(present) + 1);
        assert.deepEqual([server, worker], [present, present], "all of it is at the present one");
      }),
    );
  });

  it("is told as a step of as many as there are", () => {
    const pins = { kubernetesVersion: "1.36.4", upgrade: { from: "1.35.8", nodes: "1.35.8" } };
    assert.equal(stepOf(pins, "1.37.1"), "step 1 of 2: 1.35.8 → 1.36.4");
    assert.equal(stepOf(pins, "1.36.4"), "step 1 of 1: 1.35.8 → 1.36.4");
    assert.equal(stepOf({ kubernetesVersion: "1.36.4" }, "1.36.4"), undefined);
    assert.equal(targetVersion("1.35", "1.36.4", TEST_NOW_MS), "1.36.4", "an older wish moves nothing");
  });
});
