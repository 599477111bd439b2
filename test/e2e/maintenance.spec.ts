/** Machines are replaced when they may be: in maintenance windows, outside of exclusions, and not while somebody paused it. */
import assert from "node:assert/strict";
import { REST_MAX_MS } from "../../shared/engine/next-wake.ts";
import { command, ended } from "./command-stage.ts";
import {
  condition,
  ID,
  isCordoned,
  isN2,
  nodesOf,
  type Spec,
  type Stage,
  stage,
  until,
  watch,
} from "./rollout-stage.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** The simulation begins on Sunday 2026-11-01 at 12:00 UTC. */
const SATURDAYS = {
  start: "2026-01-03T02:00",
  timezone: "Europe/Amsterdam",
  duration: "4h",
  recurrence: "FREQ=WEEKLY;BYDAY=SA",
};
const OPENS_MS = Date.parse("2026-11-07T01:00:00Z");
const with_ = (spec: Spec, maintenance: object): Spec => ({ ...spec, maintenance });
const isReplaced = ({ cluster }: Stage) => cluster.machinesOf("general").filter(isN2).length;

describe("maintenance", function () {
  this.timeout(60_000);

  it("windows hold a rollout up until they open; the cluster rests meanwhile, and says what it waits for", async () => {
    const on = await stage();
    const { plane, cluster, spec } = on;
    await cluster.write(with_(spec, { windows: [SATURDAYS] }));
    const machines = cluster.machineIds();
    await plane.write(ID, {
      spec: with_(on.general({ machineType: "n2-standard-4" }), { windows: [SATURDAYS] }),
    });
    await plane.clock.advance(10 * MINUTE_MS);
    const { message } = await condition(on, "UpToDate");
    assert.equal(
      message,
      "0 of 3 machines of pool general replaced; waiting for the next maintenance window, which opens " +
        "Sat 2026-11-07 02:00 Europe/Amsterdam (2026-11-07T01:00:00.000Z).",
    );
    assert.equal((await condition(on, "Ready")).status, "True");
    const { lease } = await cluster.status();
    await plane.clock.advance(OPENS_MS - plane.clock.nowMs() - MINUTE_MS);
    assert.deepEqual(cluster.machineIds(), machines, "nothing has moved, nor was a machine added");
    const passes = ((await cluster.status()).lease?.epoch ?? 0) - (lease?.epoch ?? 0);
    const rests = (6 * 24 * HOUR_MS) / REST_MAX_MS;
    assert(passes <= rests, `${passes} passes wrote something in six days`);
    await plane.clock.advance(2 * MINUTE_MS);
    assert.equal(cluster.machinesOf("general").length, 4, "it begins when the window opens");
    await watch(on);
    assert.equal(isReplaced(on), 3);
    assert(plane.clock.nowMs() < OPENS_MS + 4 * HOUR_MS);
    await cluster.assertSettled();
  });

  it("windows that close in the midst of a drain give the node back, and the rollout goes on in the next", async () => {
    const on = await stage();
    const { plane, cluster, inside, spec } = on;
    await inside.deployment("web", 3);
    await inside.budget("web", "web", { maxUnavailable: 0 });
    await until(on, async () => (await inside.readyPods("web")) === 3);
    const windows = [{ start: "2026-11-01T12:00", duration: "1h", recurrence: "FREQ=DAILY" }];
    await cluster.write(with_(spec, { windows }));
    await plane.clock.advance(Date.parse("2026-11-02T12:00:00Z") - plane.clock.nowMs());
    await plane.write(ID, { spec: with_(on.general({ machineType: "n2-standard-4" }), { windows }) });
    const cordoned = async () => (await nodesOf(on, "general")).filter(isCordoned).length;
    await until(on, async () => (await cordoned()) === 1);
    await plane.clock.advance(Date.parse("2026-11-02T12:58:00Z") - plane.clock.nowMs());
    assert.equal(await cordoned(), 1, "what has begun goes on to the end of the window");
    await plane.clock.advance(5 * MINUTE_MS);
    assert.equal(await cordoned(), 0, "and no longer");
    assert.equal(await inside.readyPods("web"), 3);
    await inside.ask({
      method: "DELETE",
      path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web",
    });
    await plane.clock.advance(22 * HOUR_MS + 30 * MINUTE_MS);
    assert.equal(isReplaced(on), 1, "only the machine that was added");
    await until(on, () => isReplaced(on) === 3);
    assert(plane.clock.nowMs() >= Date.parse("2026-11-03T12:00:00Z"));
  });

  it("exclusions hold it up until they end", async () => {
    const on = await stage();
    const { plane, cluster, spec } = on;
    const maintenance = { exclusions: [{ name: "sale", from: "2026-11-01", to: "2026-11-03" }] };
    await cluster.write(with_(spec, maintenance));
    await plane.write(ID, { spec: with_(on.general({ machineType: "n2-standard-4" }), maintenance) });
    await plane.clock.advance(24 * HOUR_MS);
    assert.equal(isReplaced(on), 0);
    assert.match(
      (await condition(on, "UpToDate")).message,
      /waiting for the end of exclusion sale, at 2026-11-03T00:00:00/,
    );
    await plane.clock.advance(Date.parse("2026-11-03") - plane.clock.nowMs());
    await watch(on);
    assert.equal(isReplaced(on), 3);
  });

  it("hold all that replaces or restarts machines by choice: of the control plane, and of a pool in place too", async () => {
    const inPlace = { os: "debian-12", upgrade: { strategy: "in-place" } };
    const on = await stage({ size: 1, ...inPlace });
    const { plane, cluster, spec } = on;
    await cluster.write(with_(spec, { windows: [SATURDAYS] }));
    const before = cluster.machineIds();
    const controlPlane = { ...(spec["controlPlane"] as object), machineType: "n2-standard-4" };
    const edited = { ...on.general({ machineType: "n2-standard-4" }), controlPlane };
    await plane.write(ID, { spec: with_(edited, { windows: [SATURDAYS] }) });
    await plane.clock.advance(24 * HOUR_MS);
    assert.deepEqual(cluster.machineIds(), before);
    assert.equal(isReplaced(on), 0);
    const found = (await cluster.status()).conditions.find(({ type }) => type === "UpToDate");
    assert.deepEqual([found?.status, found?.reason], ["False", "OutsideWindow"]);
    await plane.clock.advance(OPENS_MS - plane.clock.nowMs());
    await watch(on);
    assert.equal(isReplaced(on), 1);
    assert.equal(
      String(cluster.named("instances", "cp-0")["machineType"]).split("/").at(-1),
      "n2-standard-4",
    );
    await cluster.assertSettled();
  });

  it("do not hold what is put right, made smaller or asked for", async () => {
    const on = await stage();
    const { plane, cluster, spec } = on;
    const windows = [SATURDAYS];
    await cluster.write(with_(spec, { windows }));
    await cluster.write(with_(on.general({ size: 2 }), { windows }));
    assert.equal(cluster.machinesOf("general").length, 2);
    const name = String(cluster.machinesOf("general")[0]?.["name"]);
    const rotated = await ended(on, await command(on, { command: "rotate-machine", node: name }));
    assert.equal(rotated.result, "succeeded", rotated.message);
    assert(plane.clock.nowMs() < OPENS_MS);
  });
});
