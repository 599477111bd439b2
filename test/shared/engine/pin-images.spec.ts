/** An image that is not there is looked for often at first and seldom later, however often the cluster passes. */
import assert from "node:assert/strict";
import { admit, newStatus } from "../../../shared/engine/admit.ts";
import { startDeadline } from "../../../shared/engine/deadline.ts";
import { IMAGE_MISSING_MS, pinImages } from "../../../shared/engine/pin-images.ts";
import type { Work } from "../../../shared/engine/work.ts";
import type { ClusterSpec } from "../../../shared/spec/cluster.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { fakeWorld } from "../../support/fake-engine.ts";
import { quickstartSpec } from "../../support/specs.ts";

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const OURS = "our-image";

function withImage(image: string): ClusterSpec {
  const spec = quickstartSpec();
  const [first, ...others] = spec.nodePools;
  return first === undefined ? spec : { ...spec, nodePools: [{ ...first, image }, ...others] };
}

function stage() {
  const { engine, clock } = fakeWorld([]);
  const asked: number[] = [];
  let made = false;
  Object.assign(engine.cloud.compute, {
    get: async ({ name }: { readonly name: string }) => {
      asked.push(clock.nowMs());
      return made ? { name, selfLink: `images/${name}` } : undefined;
    },
  });
  let spec = withImage(OURS);
  let work: Work = admit(
    { status: newStatus(createSeededChance(1)), lines: [] },
    { spec, specHash: "h" },
    clock.nowMs(),
  );
  const look = async () => {
    const deadline = startDeadline(engine.clock, MINUTE_MS);
    work = await pinImages(engine, spec, work, deadline);
    deadline.end();
  };
  return {
    asked,
    clock,
    look,
    make: () => {
      made = true;
    },
    pinned: () => work.status.pins.images[OURS] !== undefined,
    failures: () => work.status.failures,
    edit: (next: ClusterSpec) => {
      spec = next;
      work = admit(work, { spec, specHash: "another" }, clock.nowMs());
    },
    verify: () => {
      const command = {
        operation: "verify-1",
        command: "verify",
        reason: "",
        requestedBy: "",
        requestedMs: 0,
      };
      work = { ...work, status: { ...work.status, care: { ...NO_CARE, commands: [command as never] } } };
    },
    /** A cluster with other work passes each second. */
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += SECOND_MS) {
        await clock.advance(SECOND_MS);
        await look();
      }
    },
  };
}

describe("an image of one's own", () => {
  it("that is there is found by the first look, and asked for no more", async () => {
    const on = stage();
    on.make();
    await on.look();
    assert(on.pinned());
    await on.pass(10 * MINUTE_MS);
    assert.equal(on.asked.length, 1);
  });

  it("that is not there is asked for a few times in the first minutes, then once in five", async () => {
    const on = stage();
    await on.look();
    await on.pass(IMAGE_MISSING_MS);
    const first = on.asked.length;
    assert(first >= 6 && first <= 16, `${first} times in the first minutes, of 300 passes`);
    await on.pass(MINUTE_MS);
    const before = on.asked.length;
    await on.pass(60 * MINUTE_MS);
    assert.equal(on.asked.length - before, (60 * MINUTE_MS) / IMAGE_MISSING_MS);
    assert.equal(on.failures().length, 1);
    assert.match(on.failures()[0]?.message ?? "", /there is no image our-image/);
  });

  it("that is made along with its cluster is found within a minute, as soon as waits alone would have it", async () => {
    for (const seconds of [1, 5, 30, 100, 200]) {
      const on = stage();
      await on.look();
      await on.pass(seconds * SECOND_MS);
      on.make();
      await on.pass(MINUTE_MS);
      assert(on.pinned(), `made after ${seconds} s`);
      assert.deepEqual(on.failures(), []);
    }
  });

  it("that is made late is found within five minutes, and at once when somebody edits the spec or has it verified", async () => {
    const late = async () => {
      const on = stage();
      await on.look();
      await on.pass(30 * MINUTE_MS);
      on.make();
      return on;
    };
    const waits = await late();
    await waits.pass(IMAGE_MISSING_MS);
    assert(waits.pinned());
    const edited = await late();
    edited.edit(withImage(OURS));
    await edited.look();
    assert(edited.pinned());
    const verified = await late();
    verified.verify();
    await verified.look();
    assert(verified.pinned());
  });

  it("with another name is asked for at once, and the one before no more", async () => {
    const on = stage();
    await on.look();
    await on.pass(30 * MINUTE_MS);
    const before = on.asked.length;
    on.edit(withImage("another-image"));
    await on.look();
    assert.equal(on.asked.length, before + 1);
    assert.deepEqual(
      on.failures().map(({ key }) => key),
      ["images/another-image"],
    );
  });
});
