import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { buildSeldomUsed, requiredBuiltins, seldomUsed } from "../../../tools/bundle/when-used.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const COMMON: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  absWorkingDir: ROOT,
  logLevel: "silent",
};
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** As the control plane imports them. */
const ENTRY = `
  import * as x509 from "@peculiar/x509";
  import { createHash } from "node:crypto";
  import rrule from "rrule";
  import * as yaml from "yaml";
  export const parse = (text) => yaml.parse(text);
  export const days = (count) => new rrule.RRule({ freq: rrule.Frequency.DAILY, count }).all().length;
  export const extension = () => new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true).critical;
  export const digest = (text) => createHash("sha256").update(text).digest("hex").length;`;

interface Entry {
  parse(text: string): unknown;
  days(count: number): number;
  extension(): boolean;
  digest(text: string): number;
}

describe("tools/bundle/when-used", function () {
  this.timeout(30_000);
  let folder: string;
  let entry: Entry;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "clusterwright-when-used-"));
    const outfile = join(folder, "index.mjs");
    await build({
      ...COMMON,
      stdin: { contents: ENTRY, resolveDir: ROOT, sourcefile: join(ROOT, "entry.mts"), loader: "ts" },
      banner: { js: REQUIRE },
      plugins: [seldomUsed, requiredBuiltins],
      outfile,
    });
    entry = await import(pathToFileURL(outfile).href);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("reads a seldom used package with its first use, and not before", async () => {
    assert.throws(() => entry.parse("a: 1"), /Cannot find module '\.\/yaml\.cjs'/);
    await buildSeldomUsed(COMMON, folder);
    assert.deepEqual(entry.parse("a: 1"), { a: 1 });
  });

  it("gives each of them as the control plane imports it, with what must run before", () => {
    assert.equal(entry.days(3), 3);
    assert.equal(entry.extension(), true);
  });

  it("gives Node's own modules as they are", () => assert.equal(entry.digest("a"), 64));
});
