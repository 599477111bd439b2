/** Wanted and found are compared as the API would. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ChangeTable,
  differences,
  IGNORED,
  includes,
  PATCH,
  refuse,
  sentence,
} from "../../../shared/resources/change-table.ts";

interface Thing {
  readonly size?: string;
  readonly tags?: readonly string[];
  readonly closed?: boolean;
  readonly id?: string;
}
const TABLE: ChangeTable<Thing, never> = {
  size: refuse("Make another."),
  tags: { change: "patch", otherwise: [] },
  closed: PATCH,
  id: IGNORED,
};

describe("A comparison", () => {
  it("takes resource URLs by their path", () => {
    const path = "projects/p/global/networks/n";
    const spellings = [
      path,
      `https://www.googleapis.com/compute/v1/${path}`,
      `https://compute.googleapis.com/compute/v1/${path}`,
    ];
    for (const one of spellings) for (const other of spellings) assert(includes(one, other));
    assert(!includes(path, "https://compute.googleapis.com/compute/v1/projects/p/global/networks/m"));
  });

  it("takes int64 strings for the numbers that they are, and absent for empty", () => {
    assert(includes(50, "50"));
    assert(includes("50", 50));
    assert(includes(false, undefined));
    assert(includes([], undefined));
    assert(!includes("50", undefined));
  });

  it("takes lists in any order, but not with more or fewer elements", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (list) => {
        assert(includes(list, [...list].reverse()));
        assert(!includes(list, [...list, "more"]));
        assert(!includes(list, list.slice(1)));
      }),
    );
  });

  it("does not mind what the server adds to an object", () => {
    fc.assert(
      fc.property(fc.object(), fc.object(), (wanted, added) => {
        assert(includes(wanted, { ...added, ...wanted }));
      }),
    );
  });
});

describe("A change table", () => {
  it("tells the fields that differ, in its own order, with what the server has by default", () => {
    const found = differences(TABLE, { size: "10", closed: true }, { size: "20", tags: ["a"], id: "7" });
    assert.deepEqual(found.map(sentence), [
      "size is 20, wanted 10",
      "tags is [a], wanted []",
      "closed is not set, wanted true",
    ]);
    assert.deepEqual(
      found.map(({ rule }) => rule.change),
      ["refuse", "patch", "patch"],
    );
  });

  it("are told by the names of resources, and by their whole paths where those are the same", () => {
    const at = (place: string, name: string) =>
      `https://www.googleapis.com/compute/v1/projects/p/${place}/instanceTemplates/${name}`;
    const template = { field: "instanceTemplate", wanted: "projects/p/global/instanceTemplates/b" };
    assert.equal(
      sentence({ ...template, found: at("global", "a") }),
      "instanceTemplate is instanceTemplates/a, wanted instanceTemplates/b",
    );
    assert.equal(
      sentence({ ...template, found: at("regions/r", "b") }),
      "instanceTemplate is projects/p/regions/r/instanceTemplates/b, wanted projects/p/global/instanceTemplates/b",
    );
  });

  it("does not spell out what is in a group that is not there at all", () => {
    const labels = { field: "labels", wanted: { team: "web" } };
    assert.equal(sentence({ ...labels, found: undefined }), "labels not set yet");
    assert.equal(sentence({ ...labels, found: {} }), "labels is {}, wanted {team: web}");
  });

  it("leaves out what is not asked for, what is ignored, and what others own", () => {
    assert.deepEqual(differences(TABLE, { id: "1" }, { size: "20", id: "2" }), []);
    assert.deepEqual(differences(TABLE, { size: "10" }, { size: "20" }, ["size"]), []);
  });
});
