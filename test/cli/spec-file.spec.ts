/** Files of cluster documents: several documents, and mistakes with their line. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { checkSpec, readSpecTexts, readValidSpecs, splitDocuments } from "../../cli/spec-file.ts";
import { temporaryFolders } from "../support/folder.ts";
import { TEST_NOW_MS } from "../support/specs.ts";

const document = (name: string): string =>
  `name: ${name}\nengine: gce\nproject: acme-dev\nregion: europe-west4\nnodePools: [{ name: general }]\n`;
const mistakesOf = (text: string): readonly string[] =>
  splitDocuments(text, "f.yaml").flatMap((one) => {
    const checked = checkSpec(one, TEST_NOW_MS);
    return checked.ok ? [] : checked.mistakes;
  });

describe("A file of cluster documents", () => {
  const folder = temporaryFolders();

  it("is split where YAML begins a document, comments aside", () => {
    const text = `# two\n---\n${document("a")}---\n# nothing\n---\n${document("b")}`;
    assert.deepEqual(
      splitDocuments(text, "f").map(({ firstLine }) => firstLine),
      [2, 10],
    );
  });

  it("loses no line and invents none, wherever the dashes are", () => {
    const lines = fc.array(fc.constantFrom("a: 1", "---", "  ---", "--- # x", "----", "b: |"), {
      minLength: 1,
    });
    fc.assert(
      fc.property(lines, (given) => {
        const parts = splitDocuments(given.join("\n"), "f");
        assert(parts.length >= 1);
        for (const { firstLine, text } of parts)
          assert.equal(
            given
              .slice(firstLine - 1)
              .join("\n")
              .startsWith(text),
            true,
          );
      }),
    );
  });

  it("has its mistakes told with file, line and column, in later documents too", () => {
    const [first, ...more] = mistakesOf(`${document("a")}---\n${document("b").replace("west4", "west99")}`);
    assert.match(first ?? "", /^f\.yaml:10:9: region: "europe-west99" is not a region/);
    assert.deepEqual(more, []);
    assert.match(
      mistakesOf("name: a\nname: b\n")[0] ?? "",
      /^f\.yaml:2:1: has the field name twice; remove one/,
    );
    assert.match(mistakesOf("")[0] ?? "", /^f\.yaml:1:1: \(document\): is empty; write a cluster spec/);
    assert.match(mistakesOf(document("a").replace("gce", "gke"))[0] ?? "", /is not supported yet; use gce/);
  });

  it("is refused as a whole when one document is wrong, or two describe one cluster", () => {
    const path = join(folder(), "f.yaml");
    writeFileSync(path, `${document("a")}---\n${document("a")}`);
    assert.throws(() => readValidSpecs([path], TEST_NOW_MS), /two documents describe cluster a/);
    writeFileSync(path, `${document("a")}---\n${document("b")}`);
    assert.deepEqual(
      readValidSpecs([path], TEST_NOW_MS).map(({ name }) => name),
      ["a", "b"],
    );
  });

  it("that is not there, or is a folder, is said in words", () => {
    assert.throws(
      () => readSpecTexts(["/nowhere/f.yaml"]),
      /cannot read \/nowhere\/f\.yaml: there is no such file/,
    );
    assert.throws(() => readSpecTexts([folder()]), /it is a folder; name the files in it/);
  });
});
