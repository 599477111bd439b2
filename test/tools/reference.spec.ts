/** The reference is made from the schemas, is up to date, and leaves no field without a word. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterSchema } from "../../shared/spec/cluster.ts";
import { clusterStatusSchema } from "../../shared/status/cluster-status.ts";
import { type JsonSchema, jsonSchema } from "../../tools/reference/json-schema.ts";
import { referenceFiles, staleFiles } from "../../tools/reference.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Paths of fields without a description. */
function undescribed(schema: JsonSchema, path: string): string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    ...(child.description === undefined || child.description === "" ? [`${path}.${name}`] : []),
    ...undescribed(child, `${path}.${name}`),
  ]);
  const items = schema.items === undefined ? [] : undescribed(schema.items, `${path}[]`);
  return [...fields, ...items, ...(schema.anyOf ?? []).flatMap((branch) => undescribed(branch, path))];
}
/** Paths of groups that would take an unknown field. */
function open(schema: JsonSchema, path: string): string[] {
  const own = schema.properties !== undefined && schema.additionalProperties !== false ? [path] : [];
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    open(child, `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : open(schema.items, `${path}[]`);
  return [...own, ...fields, ...items, ...(schema.anyOf ?? []).flatMap((branch) => open(branch, path))];
}

describe("the reference", () => {
  const cluster = jsonSchema(clusterSchema, "cluster");
  for (const [name, content] of Object.entries(referenceFiles())) {
    it(`docs/reference/${name} is what the schemas make`, () => {
      assert.equal(
        readFileSync(join(ROOT, "docs", "reference", name), "utf8"),
        content,
        "run: node tools/reference.ts",
      );
    });
  }
  it("describes every field of the spec", () => assert.deepEqual(undescribed(cluster, "spec"), []));
  it("takes no unknown field anywhere in the spec or the status", () => {
    assert.deepEqual(open(cluster, "spec"), []);
    assert.deepEqual(open(jsonSchema(clusterStatusSchema, "status"), "status"), []);
  });
  it("has a line for every field, with its default and whether it can change", () => {
    const page = referenceFiles()["cluster.md"] ?? "";
    assert.match(
      page,
      /^\| `nodePools\[\]\.disk\.sizeGb` \| whole number 20–65536 \| `100` \| .+ \| yes, replaces machines \|$/m,
    );
    assert.match(page, /^\| `network\.pods` \| text \| `"10\.64\.0\.0\/14"` \| .+ \| no \|$/m);
    assert.match(page, /^\| `region` \| text \| must be said \| .+ \| no \|$/m);
  });
  it("is stale by the name of each file that is changed or gone", () => {
    const stored: Record<string, string | undefined> = {
      ...referenceFiles(),
      "status.md": undefined,
      "cluster.md": "old",
    };
    assert.deepEqual(
      staleFiles((name) => stored[name]),
      ["cluster.md", "status.md"],
    );
  });
  it("is checked by a command that ends with 0 while it is fresh", () => {
    const answer = execFileSync(process.execPath, ["tools/reference.ts", "--check"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(answer, "");
  });
});
