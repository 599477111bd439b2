/** The documents that the project hands out lead to resources that come to rest, and go again. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { clusterOf } from "./clusters.ts";
import { converge, decide } from "./passes.ts";
import { createSmallCloud } from "./small-cloud.ts";

const FOLDER = new URL("../../../../examples/", import.meta.url);
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));

describe("The example", () => {
  for (const file of files) {
    it(`${file} comes to rest, and deleted leaves nothing`, async () => {
      const document = parse(readFileSync(new URL(file, FOLDER), "utf8")) as Readonly<
        Record<string, unknown>
      >;
      const cluster = clusterOf({ project: "acme-dev", ...document });
      const cloud = createSmallCloud();
      await converge(cloud, cluster);
      assert.deepEqual((await decide(cloud, cluster)).problems, []);
      await converge(cloud, { ...cluster, deleting: true });
      assert.deepEqual([...cloud.resources.keys()], []);
    });
  }

  it("is there", () => {
    assert(files.includes("quickstart.yaml"));
  });
});
