/** YAML in and out: bounded, strict, with lines and columns. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describeYamlError, readYaml, writeYaml, YAML_BYTES_MAX } from "../../../shared/spec/yaml.ts";

function messages(text: string): string[] {
  const read = readYaml(text);
  return read.ok ? [] : read.errors.map(describeYamlError);
}
const REFUSED: readonly (readonly [string, string, string])[] = [
  [
    "a field twice",
    "name: a\nname: b\n",
    "line 2, column 1: has the field name twice; remove one of the two",
  ],
  [
    "a field twice in a group of fields",
    'pools: [{ size: 1, "size" : 2 }]\n',
    "line 1, column 20: has the field size twice; remove one of the two",
  ],
  [
    "a name twice that could write to a terminal",
    '"\\e[2J": 1\n"\\e[2J": 2\n',
    "line 2, column 1: has a field twice; remove one of the two",
  ],
  [
    "several documents",
    "a: 1\n---\nb: 2\n",
    "line 2, column 1: holds several documents; write one document to a file",
  ],
  ["a tab", "a:\n\tb: 1\n", "line 2, column 1: is indented with a tab; indent with spaces"],
  [
    "a tag",
    "a: 1\nb: !!js/function x\n",
    "line 2, column 4: has a YAML tag (!…); remove the tag; every value is plain",
  ],
  [
    "a key that is no text",
    "a: 1\n? [1, 2]\n: 3\n",
    "line 2, column 3: has a name that is not a text; put the name in quotes",
  ],
  [
    "an alias without an anchor",
    "a: *b\n",
    "line 1, column 1: uses an alias that has no anchor; write the value itself",
  ],
  [
    "an alias to itself",
    "a: &a [*a]\n",
    "line 1, column 1: holds an alias to what it is part of; write the value itself",
  ],
  [
    "aliases that multiply",
    "a: &a [1,2,3,4]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n",
    "line 1, column 1: multiplies itself through aliases; write the repeated parts out",
  ],
  [
    "aliases that grow past the bound",
    `a: &a "${"x".repeat(20_000)}"\nb: [${Array.from({ length: 20 }, () => "*a").join(", ")}]\n`,
    "line 1, column 1: comes to 420074 characters, more than 200000; split it into several clusters",
  ],
  [
    "too much of it",
    `a: ${"x".repeat(YAML_BYTES_MAX)}`,
    "line 1, column 1: has 200003 bytes, more than 200000; split it into several clusters",
  ],
];

describe("reading YAML", () => {
  for (const [what, text, message] of REFUSED) {
    it(`refuses ${what}`, () => assert.deepEqual(messages(text)[0], message));
  }
  it("keeps dates, versions in quotes and words like yes as texts", () => {
    const read = readYaml('from: 2026-11-20\nversion: "1.40"\nanswer: yes\n');
    assert.ok(read.ok);
    assert.deepEqual(read.document, { from: "2026-11-20", version: "1.40", answer: "yes" });
  });
  it("gives __proto__ to validation as a field like any other", () => {
    const read = readYaml("__proto__: { a: 1 }\n");
    assert.ok(read.ok);
    assert.ok(Object.hasOwn(read.document as object, "__proto__"));
  });
  it("says where a field stands, or else what it would be in", () => {
    const read = readYaml("name: a\nnodePools:\n  - name: b\n    size: 3\n");
    assert.ok(read.ok);
    assert.deepEqual(read.locate(["nodePools", 0, "size"]), { line: 4, column: 11 });
    assert.deepEqual(read.locate(["nodePools", 0, "zones", 0]), { line: 3, column: 5 });
    assert.deepEqual(read.locate("nodePools[0].size"), { line: 4, column: 11 });
    assert.deepEqual(read.locate([]), { line: 1, column: 1 });
  });
  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."a:-[]{}&*!|>'\"#,? \n\t0%@`<".split("")), maxLength: 60 }),
        (text) => typeof readYaml(text).ok === "boolean",
      ),
      { numRuns: 500 },
    );
    assert.match(messages("[".repeat(20_000))[0] ?? "", /is nested too deeply; remove the nesting$/);
  });
  it("reads back what was written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue()), (document) => {
        const plain: unknown = JSON.parse(JSON.stringify(document));
        const read = readYaml(writeYaml(plain));
        assert.ok(read.ok, JSON.stringify(read));
        assert.deepEqual(JSON.parse(JSON.stringify(read.document)), plain);
      }),
    );
  });
});
