/** The examples are documents that the control plane accepts and does in full. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import type { ClusterSpec } from "../shared/spec/cluster.ts";
import { OPERATING_SYSTEMS } from "../shared/spec/schema/machine.ts";
import { unsupported } from "../shared/spec/support.ts";
import { validateCluster } from "../shared/spec/validate.ts";
import { readYaml } from "../shared/spec/yaml.ts";

const FOLDER = join(import.meta.dirname, "..", "examples");
const SCHEMA = join(import.meta.dirname, "..", "docs", "reference", "cluster.schema.json");
const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

function document(name: string): unknown {
  const read = readYaml(readFileSync(join(FOLDER, name), "utf8"));
  assert.ok(read.ok, JSON.stringify(read));
  return read.document;
}
function spec(name: string): ClusterSpec {
  const validated = validateCluster(document(name), { nowMs: NOW_MS });
  assert.ok(validated.ok, JSON.stringify(validated));
  return validated.spec;
}

describe("examples", () => {
  it("are the four that the README names", () => {
    for (const name of ["quickstart.yaml", "ha.yaml", "private.yaml", "every-os.yaml"])
      assert.ok(names.includes(name), name);
  });

  for (const name of names) {
    it(`${name} is accepted, and all of it is supported`, () => {
      assert.deepEqual(unsupported(spec(name)), []);
    });
    it(`${name} is named like its file and says first what it is for`, () => {
      assert.equal(spec(name).name, name.replace(".yaml", ""));
      assert.match(readFileSync(join(FOLDER, name), "utf8"), /^# [A-Z][^\n]{30,}\n#\n# /);
    });
    it(`${name} satisfies the JSON Schema that editors use`, () => {
      const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
      assert.ok(validate(document(name)), JSON.stringify(validate.errors));
    });
  }

  it("quickstart has one control-plane machine and two pools in europe-west4", () => {
    const { controlPlane, nodePools, region, project } = spec("quickstart.yaml");
    assert.deepEqual(
      [controlPlane.replicas, nodePools.length, region, project],
      [1, 2, "europe-west4", "demo-project"],
    );
  });
  it("ha has three control-plane machines over three zones", () => {
    const { controlPlane, zones } = spec("ha.yaml");
    assert.deepEqual([controlPlane.replicas, zones.length], [3, 3]);
  });
  it("private has no public address anywhere", () => {
    const { nodesPrivate, api } = spec("private.yaml").network;
    assert.deepEqual([nodesPrivate, api.access], [true, "private"]);
  });
  it("every-os has a pool for each operating system", () => {
    assert.deepEqual(
      spec("every-os.yaml")
        .nodePools.map(({ os }) => os)
        .sort(),
      [...OPERATING_SYSTEMS].sort(),
    );
  });
});
