import assert from "node:assert/strict";
import { parseFilter } from "../../../simulator/compute/filter.ts";
import { valuesAt } from "../../../simulator/compute/json.ts";

const MACHINE = {
  name: "shop-ab12-cp-0",
  status: "RUNNING",
  labels: { app: "web", owner: "" },
  scheduling: { automaticRestart: true },
  cpuPlatform: "Intel Skylake",
  sizeGb: "50",
  creationTimestamp: "2026-08-24T05:00:00.000-07:00",
  tags: { items: ["node", "web"] },
};
const matches = (filter: string) => parseFilter(filter).matches((path) => valuesAt(MACHINE, path));

describe("filter expressions", () => {
  for (const filter of [
    "name=shop-ab12-cp-0",
    "name = shop-*",
    "name != other",
    "status:RUN",
    "labels.app=web",
    "labels.owner:*",
    "labels:app",
    "tags.items:node",
    "scheduling.automaticRestart = true",
    '(scheduling.automaticRestart = true) (cpuPlatform = "Intel Skylake")',
    '(cpuPlatform = "Intel Haswell") OR (cpuPlatform = "Intel Skylake") AND (scheduling.automaticRestart = true)',
    "NOT labels.app=db",
    "-labels.app=db",
    "sizeGb > 9",
    "sizeGb <= 50",
    'creationTimestamp > "2026-08-24T04:00:00-07:00"',
    "name eq shop-ab12-.*",
    "name eq 'shop-(ab|cd)12-cp-[0-9]+'",
    String.raw`name eq ".*\bcp-0\b.*"`,
    "name ne .*-cp-1",
    '(name eq shop-.*) (status ne "STOPPING")',
    '(name eq "shop-ab12-cp-0") (labels.app eq web)',
    "missing != 1",
  ]) {
    it(`matches ${filter}`, () => assert.equal(matches(filter), true));
  }
  for (const filter of [
    "name=shop",
    "name eq shop",
    "name ne shop-.*",
    "labels.app=db",
    "labels.none:*",
    "missing = 1",
    "sizeGb > 50",
    "NOT (status = RUNNING OR status = STAGING)",
    "status = RUNNING AND labels.app = db",
  ]) {
    it(`does not match ${filter}`, () => assert.equal(matches(filter), false));
  }
  for (const filter of ["name", "name ==", "= x", "(name = x", "name = x)", "name eq '['", "AND"]) {
    it(`refuses ${filter}`, () =>
      assert.throws(() => parseFilter(filter), { status: 400, reason: "invalid" }));
  }

  it("knows the prefix of names and the label that a match must have", () => {
    assert.deepEqual(parseFilter('name eq "shop-ab12-.*"').hints, { namePrefix: "shop-ab12-" });
    assert.deepEqual(parseFilter("name eq shop-ab?.*").hints, { namePrefix: "shop-a" });
    assert.deepEqual(parseFilter("name eq (a|b).*").hints, {});
    assert.deepEqual(parseFilter("labels.uid=ab12 AND status=RUNNING").hints, {
      label: { key: "uid", value: "ab12" },
    });
    assert.deepEqual(parseFilter("labels.uid=ab12 OR status=RUNNING").hints, {});
    assert.deepEqual(parseFilter("NOT labels.uid=ab12").hints, {});
  });
});
