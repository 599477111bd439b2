/** Who came in place of whom is told by pools, zones and times alone, for groups name machines as they like. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { CareMachine } from "../../../shared/nodes/care-view.ts";
import { gathered } from "../../../shared/nodes/repair-memory.ts";
import { SLOT_REMEMBERS_MS, slotsOf, triedInSlot } from "../../../shared/nodes/slot.ts";
import type { Repair } from "../../../shared/status/care.ts";

const path = (name: string, zone = "a") => `projects/p/zones/${zone}/instances/${name}`;
const machine = (name: string, createdMs: number, zone = "a"): CareMachine => ({
  path: path(name, zone),
  name,
  zone: `zones/${zone}`,
  going: false,
  cordoned: false,
  restartsItself: true,
  incidents: [],
  machine: { instanceId: name, status: "RUNNING", createdMs },
});
const repair = (name: string, atMs: number, changes: Partial<Repair> = {}): Repair => ({
  pool: "general",
  machine: path(name),
  instanceId: name,
  step: "recreate",
  atMs,
  reason: "",
  ...changes,
});
const slots = (repairs: readonly Repair[], ...machines: readonly CareMachine[]) =>
  [...slotsOf(repairs, "general", machines)].map(([one, slot]) =>
    [one, slot].map((whole) => whole.split("/").at(-1)).join(" in place of "),
  );

describe("a slot of a pool", () => {
  it("is taken by the machine that was made after the one before was replaced", () => {
    assert.deepEqual(slots([repair("x", 100)], machine("old", 1), machine("y", 110)), ["y in place of x"]);
    assert.deepEqual(slots([repair("x", 100)], machine("old", 1)), []);
    assert.deepEqual(slots([repair("x", 100, { pool: "other" })], machine("y", 110)), []);
    assert.deepEqual(slots([repair("x", 100, { step: "restart" })], machine("y", 110)), []);
  });

  it("is taken once, each by whoever came first after it", () => {
    const repairs = [repair("x", 100), repair("z", 200)];
    assert.deepEqual(slots(repairs, machine("later", 220), machine("y", 110), machine("grown", 230)), [
      "y in place of x",
      "later in place of z",
    ]);
  });

  it("is of a zone if one is open there, else of the pool", () => {
    const repairs = [repair("x", 100), repair("z", 101, { machine: path("z", "b") })];
    assert.deepEqual(slots(repairs, machine("y", 110)), ["y in place of x"]);
    assert.deepEqual(slots(repairs, machine("y", 110, "c")), ["y in place of z"]);
  });

  it("is the first one's, whoever was in it since", () => {
    const repairs = [repair("y", 200, { slot: path("x") })];
    assert.deepEqual(slots(repairs, machine("z", 210)), ["z in place of x"]);
    const restarted = repair("z", 300, { slot: path("x"), step: "restart" });
    assert.deepEqual(slots([...repairs, restarted], machine("z", 210), machine("w", 220)), [
      "z in place of x",
    ]);
  });

  it("is not free while its machine is there, and nobody's after a day", () => {
    assert.deepEqual(slots([repair("x", 100)], machine("x", 1), machine("y", 110)), []);
    const leaving = { ...machine("x", 1), going: true };
    assert.deepEqual(slots([repair("x", 100)], leaving, machine("y", 110)), ["y in place of x"]);
    assert.deepEqual(slots([repair("x", 100)], machine("y", 100 + SLOT_REMEMBERS_MS)), []);
  });

  it("counts what was tried on each of its machines within a day", () => {
    const nowMs = 10 + SLOT_REMEMBERS_MS;
    const repairs = [
      repair("x", 20, { step: "restart", earlierMs: [5, 10] }),
      repair("y", 50, { step: "restart", earlierMs: [40], slot: path("x") }),
      repair("other", 60, { step: "restart" }),
      repair("x", 30),
    ];
    const { path: y } = machine("y", 35);
    assert.deepEqual(triedInSlot(repairs, { path: y, slot: path("x") }, "restart", nowMs), [20, 40, 50]);
    assert.deepEqual(triedInSlot(repairs, { path: path("x") }, "recreate", nowMs), [30]);
  });

  it("counts a restart of its machine that was remembered without a slot, as those by command are", () => {
    const byCommand = repair("y", 60, { step: "restart" });
    const own = repair("y", 50, { step: "restart", earlierMs: [40], slot: path("x") });
    const y = { path: path("y"), slot: path("x") };
    assert.deepEqual(triedInSlot([byCommand], y, "restart", 70), [60]);
    assert.deepEqual(triedInSlot(gathered([own, byCommand]), y, "restart", 70), [40, 50, 60]);
  });
});
