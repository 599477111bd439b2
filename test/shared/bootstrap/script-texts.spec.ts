/** Keeps script-texts.json, which the control plane reads, in step with the scripts that people edit. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const BOOTSTRAP = join(import.meta.dirname, "../../../shared/bootstrap");
const TEXTS = join(BOOTSTRAP, "script-texts.json");

function textsOfScripts(): string {
  const names = readdirSync(join(BOOTSTRAP, "scripts")).sort();
  const texts = names.map((name) => [
    name.replace(/\.sh$/, ""),
    readFileSync(join(BOOTSTRAP, "scripts", name), "utf8").split("\n"),
  ]);
  return `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`;
}

describe("the embedded boot scripts", () => {
  it("are those of shared/bootstrap/scripts, line by line", () => {
    const texts = textsOfScripts();
    const embedded = readFileSync(TEXTS, "utf8");
    if (process.env["UPDATE_GOLDEN"] === "1" && texts !== embedded) {
      writeFileSync(TEXTS, texts);
      assert.fail("script-texts.json is written anew: run again, so that the golden files see it");
    }
    assert.equal(embedded, texts, "a script was edited: run this twice with UPDATE_GOLDEN=1");
  });
});
