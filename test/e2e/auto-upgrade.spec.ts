/** What a cluster takes by itself, in its windows: patches, minors and images, each only where the spec lets it. */
import assert from "node:assert/strict";
import { sweep } from "../../shared/engine/sweep.ts";
import { computePort } from "../../simulator/compute/port.ts";
import { type UpgradeStage, upgradeStage, watch } from "./upgrade-stage.ts";

const HOUR_MS = 3_600_000;
const OS = "ubuntu-24.04";
const FAMILY = "ubuntu-2404-lts-amd64";
const NEWER = `${FAMILY}-v20261102`;
/** The simulation begins on Sunday 2026-11-01 at 12:00 UTC. */
const WINDOWS = [{ start: "2026-11-07T02:00", duration: "4h", recurrence: "FREQ=WEEKLY;BYDAY=SA" }];
const OPENS_MS = Date.parse("2026-11-07T02:00:00Z");
const auto = (autoUpgrade: object, windows: readonly object[] = []) => ({
  more: { maintenance: { windows, autoUpgrade } },
});

/** As the scheduler runs it; sparsely, for days go by. */
async function passing({ plane }: UpgradeStage, untilMs: number): Promise<void> {
  while (plane.clock.nowMs() < untilMs) {
    await plane.clock.advance(Math.min(HOUR_MS, untilMs - plane.clock.nowMs()));
    await sweep(plane.engine);
  }
}
async function publish({ plane }: UpgradeStage, name: string): Promise<void> {
  const compute = computePort(plane.cloud.compute.service);
  await compute.insert(
    { kind: "images", project: "ubuntu-os-cloud", scope: "global", name },
    {
      name,
      family: FAMILY,
      sourceImage: `projects/ubuntu-os-cloud/global/images/family/${FAMILY}`,
    } as never,
    "00000000-0000-4000-8000-000000000001",
  );
  await plane.clock.advance(60_000);
}
const imageOf = async ({ cluster }: UpgradeStage) =>
  (await cluster.status()).pins.images[OS]?.split("/").at(-1);

describe("a cluster takes by itself", function () {
  this.timeout(120_000);

  it("the newest patch of its minor, when its window opens, and is as declared until then", async () => {
    const on = await upgradeStage({ version: "1.36.2" });
    const before = on.cluster.machineIds();
    await on.cluster.write(on.spec({ version: "1.36", ...auto({}, WINDOWS) }));
    await passing(on, OPENS_MS - 60_000);
    const { phase, conditions } = await on.cluster.status();
    assert.equal(phase, "Ready", JSON.stringify(conditions));
    assert.deepEqual(on.cluster.machineIds(), before);
    await on.plane.clock.advance(5 * 60_000);
    assert.equal(
      (await on.cluster.status()).pins.kubernetesVersion,
      "1.36.4",
      "it begins when the window opens",
    );
    await watch(on);
    assert.deepEqual(await on.versions(), ["1.36.4"]);
    assert(
      (await on.log(2)).some((line) =>
        line.endsWith("step 1 of 1: 1.36.2 → 1.36.4, by itself (maintenance.autoUpgrade)"),
      ),
    );
    await on.cluster.assertSettled();
  });

  it("no patch where the spec says so", async () => {
    const on = await upgradeStage({ version: "1.36.2" });
    await on.cluster.write(on.spec({ version: "1.36", ...auto({ patch: false }) }));
    await passing(on, on.plane.clock.nowMs() + 3 * HOUR_MS);
    assert.deepEqual(await on.versions(), ["1.36.2"]);
    await on.cluster.assertSettled();
  });

  it("one minor after another where the spec says so, and edits of its document go on beside that", async () => {
    const on = await upgradeStage({ version: "1.35" });
    await on.cluster.write(on.spec({ version: "1.35", ...auto({ minor: true }) }));
    await watch(
      on,
      () => {},
      async () => (await on.versions()).join() === "1.37.1" && (await on.cluster.status()).phase === "Ready",
    );
    await on.cluster.write(on.spec({ version: "1.35", pool: { size: 2 }, ...auto({ minor: true }) }));
    assert.deepEqual(await on.versions(), ["1.37.1"]);
    await on.cluster.assertSettled();
  });

  it("a newer image of its operating system in its window, the control plane's too, and none where it is told so", async () => {
    const on = await upgradeStage({});
    const first = await imageOf(on);
    assert(first !== undefined);
    const before = on.cluster.machineIds();
    await on.cluster.write(on.spec(auto({ os: false }, WINDOWS)));
    await publish(on, NEWER);
    await passing(on, OPENS_MS + 5 * HOUR_MS);
    assert.equal(await imageOf(on), first, "what runs is held");
    await on.cluster.write(on.spec(auto({ os: true }, WINDOWS)));
    await passing(on, OPENS_MS + 24 * HOUR_MS);
    assert.deepEqual(on.cluster.machineIds(), before, "the window had closed");
    const { phase, images } = await on.cluster.status();
    assert.equal(phase, "Ready");
    assert.match(images?.newer[OS] ?? "", /-v20261102$/);
    await passing(on, OPENS_MS + 7 * 24 * HOUR_MS + 60_000);
    assert.equal(await imageOf(on), NEWER);
    await watch(on);
    await on.cluster.assertSettled();
    assert.equal(on.cluster.machineIds().filter((id) => before.includes(id)).length, 0, "all made anew");
    assert(
      (await on.log(1)).some((line) =>
        /^upgrade ubuntu-24\.04: the machines with ubuntu-24\.04 get the present image of its family, \S+ → \S+-v20261102, by itself/.test(
          line,
        ),
      ),
    );
  });
});
