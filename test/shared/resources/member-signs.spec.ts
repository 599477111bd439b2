import assert from "node:assert/strict";
import {
  hasFailed,
  holdsUpNobody,
  memberPatienceMs,
  missingParts,
  servesAt,
  signOf,
} from "../../../shared/resources/member-signs.ts";
import type { Cluster, KubernetesFacts, MemberPart, NodeFacts } from "../../../shared/resources/resource.ts";
import { NO_CARE } from "../../../shared/status/care.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-11-29T12:00:00Z");
const ago = (minutes: number) => NOW_MS - minutes * MINUTE_MS;
const NAME = "cp-1";
const NODE = { name: NAME, ready: true, readiness: "True", readinessSinceMs: ago(600) } as NodeFacts;
const MACHINE = { instanceId: "1", status: "RUNNING", createdMs: ago(700), startedMs: ago(700) };
const part = (component: MemberPart["component"], more: Partial<MemberPart> = {}): MemberPart => ({
  component,
  machine: NAME,
  ready: true,
  ...more,
});
const down = (component: MemberPart["component"], minutes: number) =>
  part(component, { ready: false, downSinceMs: ago(minutes), trouble: "CrashLoopBackOff" });
const kubernetes = (parts?: readonly MemberPart[], nodes = [NODE]): KubernetesFacts => ({
  version: "1.36.4",
  apiServers: [NAME],
  nodes,
  ...(parts === undefined ? {} : { parts }),
});
const cluster = (facts: KubernetesFacts, more: object = {}) =>
  ({ facts: { kubernetes: facts }, care: NO_CARE, ...more }) as unknown as Cluster;
const said = (parts: readonly MemberPart[], suspect: object = {}, more: object = {}) =>
  signOf(cluster(kubernetes(parts), more), { name: NAME, machine: MACHINE, node: NODE, ...suspect });
const WELL = [part("etcd"), part("kube-apiserver")];

describe("what speaks against a control-plane member", () => {
  it("is nothing while its node and both parts are well", () => {
    assert.equal(said(WELL), undefined);
    assert.equal(
      hasFailed(cluster(kubernetes(WELL)), { name: NAME, machine: MACHINE, node: NODE }, NOW_MS),
      false,
    );
  });

  for (const [what, parts, reason, minutes] of [
    [
      "a dead API server",
      [part("etcd"), down("kube-apiserver", 4)],
      "kube-apiserver of cp-1 has been not Ready (CrashLoopBackOff) since",
      4,
    ],
    [
      "a dead etcd, which takes the API server along a moment later",
      [down("etcd", 5), down("kube-apiserver", 4)],
      "etcd of cp-1 has been not Ready (CrashLoopBackOff) since",
      5,
    ],
  ] as const)
    it(`is ${what}, though the node is Ready`, () => {
      const sign = said(parts);
      assert.equal(sign?.sinceMs, ago(minutes));
      assert.ok(sign?.reason.startsWith(reason), sign?.reason);
    });

  it("is that its node is silent, or what was wrong before that", () => {
    const node = { ...NODE, ready: false, readiness: "Unknown", readinessSinceMs: ago(3) };
    const unready = WELL.map((one) => ({ ...one, ready: false }));
    assert.equal(
      said(unready, { node })?.reason,
      `node cp-1 has been silent since ${new Date(ago(3)).toISOString()}`,
    );
    assert.match(said([part("etcd"), down("kube-apiserver", 4)], { node })?.reason ?? "", /^kube-apiserver /);
  });

  it("is nothing that the node lifecycle controller said of pods whose kubelet is heard again", () => {
    assert.equal(said([part("etcd", { ready: false }), part("kube-apiserver", { ready: false })]), undefined);
  });

  it("is a part that is missing, from when that was noticed", () => {
    const missing = [{ machine: NAME, component: "kube-apiserver", sinceMs: ago(2) }];
    assert.equal(said([part("etcd")]), undefined, "not noticed yet");
    const sign = said([part("etcd")], {}, { care: { ...NO_CARE, missing } });
    assert.equal(
      sign?.reason,
      `kube-apiserver of cp-1 has been missing since ${new Date(ago(2)).toISOString()}`,
    );
  });

  it("is nothing of a machine that does not run, or has not joined", () => {
    const dead = [down("etcd", 30), down("kube-apiserver", 30)];
    assert.equal(said(dead, { machine: { ...MACHINE, status: "STOPPING" } }), undefined);
    assert.equal(said(dead, { machine: { ...MACHINE, createdMs: ago(1) } }), undefined);
    assert.equal(said(dead, { node: undefined }), undefined);
  });

  it("is a silence that a broken clock dates years ahead, from when its node came", () => {
    const node = { ...NODE, ready: false, readiness: "Unknown", createdMs: ago(30) } as NodeFacts;
    const sign = signOf(
      { facts: { lookedMs: NOW_MS, kubernetes: kubernetes(WELL) }, care: NO_CARE } as unknown as Cluster,
      { name: NAME, machine: MACHINE, node: { ...node, readinessSinceMs: ago(-1_000_000) } },
    );
    assert.equal(sign?.sinceMs, ago(30));
  });

  it("counts for a machine made anew from when that was made", () => {
    const machine = { ...MACHINE, createdMs: ago(8) };
    const node = { ...NODE, readinessSinceMs: ago(5) };
    assert.equal(said([down("etcd", 30)], { machine, node })?.sinceMs, ago(8));
  });

  it("counts as a failure after ten minutes, and as many times sooner as machines are faster", () => {
    const facts = kubernetes([part("etcd"), down("kube-apiserver", 10)]);
    const suspect = { name: NAME, machine: MACHINE, node: NODE };
    assert.equal(hasFailed(cluster(facts), suspect, NOW_MS - 1), false);
    assert.equal(hasFailed(cluster(facts), suspect, NOW_MS), true);
    assert.equal(memberPatienceMs({ haste: 10 }), MINUTE_MS);
  });
});

describe("a member serves", () => {
  it("when its API server and its etcd are Ready", () => {
    assert.equal(servesAt(kubernetes(WELL), NAME), true);
    assert.equal(servesAt(kubernetes(), NAME), true, "nobody asked for etcd");
    assert.equal(servesAt(kubernetes([down("etcd", 1), part("kube-apiserver")]), NAME), false);
    assert.equal(servesAt(kubernetes([part("kube-apiserver")]), NAME), false, "its etcd is missing");
    assert.equal(servesAt({ ...kubernetes(WELL), apiServers: [] }, NAME), false);
  });
});

describe("a member that has failed", () => {
  const path = `projects/p/zones/z/instances/${NAME}`;
  const seen = (parts: readonly MemberPart[]) =>
    ({
      care: NO_CARE,
      facts: {
        lookedMs: NOW_MS,
        kubernetes: kubernetes(parts),
        machines: [path],
        machineStates: new Map([[path, MACHINE]]),
      },
    }) as unknown as Cluster;

  it("holds up nobody who comes back, and no new one either while its etcd votes", () => {
    const mute = seen([part("etcd"), down("kube-apiserver", 10)]);
    assert.deepEqual([holdsUpNobody(mute, NAME, true), holdsUpNobody(mute, NAME, false)], [true, true]);
    const dead = seen([down("etcd", 10), down("kube-apiserver", 10)]);
    assert.deepEqual([holdsUpNobody(dead, NAME, true), holdsUpNobody(dead, NAME, false)], [true, false]);
  });

  it("holds up everybody for as long as it may come up by itself", () => {
    const early = seen([part("etcd"), down("kube-apiserver", 9)]);
    assert.deepEqual([holdsUpNobody(early, NAME, true), holdsUpNobody(early, NAME, false)], [false, false]);
    assert.equal(holdsUpNobody(seen(WELL), NAME, true), false, "it has not failed");
    assert.equal(holdsUpNobody(seen(WELL), "cp-7", true), false, "nothing is known of it");
  });
});

describe("parts that no kubelet reports", () => {
  const before = [{ machine: NAME, component: "etcd", sinceMs: ago(7) }] as const;

  it("are remembered from the first look that misses them, and the memory stays the same one", () => {
    const first = missingParts(undefined, [NAME], kubernetes([part("kube-apiserver")]), ago(7));
    assert.deepEqual(first, before);
    assert.equal(missingParts(first, [NAME], kubernetes([part("kube-apiserver")]), NOW_MS), first);
    assert.deepEqual(missingParts(first, [NAME], kubernetes([]), NOW_MS), [
      ...before,
      { machine: NAME, component: "kube-apiserver", sinceMs: NOW_MS },
    ]);
  });

  it("are forgotten when they are back, when their node is not heard, and with their member", () => {
    assert.equal(missingParts(before, [NAME], kubernetes(WELL), NOW_MS), undefined);
    assert.equal(
      missingParts(before, [NAME], kubernetes([], [{ ...NODE, ready: false }]), NOW_MS),
      undefined,
    );
    assert.equal(missingParts(before, [], kubernetes([]), NOW_MS), undefined);
    assert.equal(missingParts(before, [NAME], kubernetes(), NOW_MS), before, "nobody asked");
    assert.equal(missingParts(undefined, [NAME], kubernetes(WELL), NOW_MS), undefined);
  });
});
