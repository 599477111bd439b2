/** What every machine boots from, word for word in test/golden; `UPDATE_GOLDEN=1` writes it anew. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineFiles, renderMachine } from "../../../shared/bootstrap/machine.ts";
import { type Delivery, OPERATING_SYSTEMS } from "../../../shared/bootstrap/operating-systems.ts";
import { bootScript, REGISTRY_CREDENTIALS } from "../../../shared/bootstrap/scripts.ts";
import type { OperatingSystem } from "../../../shared/spec/cluster.ts";
import { findCommand, run } from "../../support/command.ts";
import { leaveOut } from "../../support/leave-out.ts";
import { ALL_SYSTEMS, bootData, bootKey, MACHINES, machineInput } from "../../support/machine-inputs.ts";

const GOLDEN = join(import.meta.dirname, "../../golden");
const EXTENSIONS = { "startup-script": "sh", "cloud-config": "yaml", ignition: "ign.json" } as const;
type Machine = (typeof MACHINES)[number];

const goldenName = ({ os, role }: Machine): string => {
  const { delivery } = OPERATING_SYSTEMS[os];
  return `${role}.${delivery === "startup-script" ? "startup-script" : "user-data"}.${EXTENSIONS[delivery]}`;
};
/** The files that the spec decides, readable. */
function readableData({ os, role }: Machine): string {
  return machineFiles(machineInput(os, role))
    .filter(({ path }) => path.startsWith("/etc/clusterwright/") && !path.endsWith(".yaml"))
    .map(({ path, content }) => `==> ${path}\n${content}`)
    .join("\n");
}

function compare(os: string, name: string, actual: string): void {
  const folder = join(GOLDEN, os);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), actual);
  }
  assert.equal(
    actual,
    readFileSync(join(folder, name), "utf8"),
    `${os}/${name}: look at it, then UPDATE_GOLDEN=1`,
  );
}

describe("the golden boot data", () => {
  for (const machine of MACHINES)
    it(`of ${machine.os} as ${machine.role} is what was reviewed`, () => {
      const metadata = renderMachine(machineInput(machine.os, machine.role));
      compare(machine.os, goldenName(machine), bootData(metadata));
      compare(machine.os, `${machine.role}.data.txt`, readableData(machine));
      const { [bootKey(metadata)]: _, ...rest } = metadata;
      compare(machine.os, `${machine.role}.metadata.json`, `${JSON.stringify(rest, null, 2)}\n`);
    });

  it("has no file for a machine that does not exist", () => {
    const expected = MACHINES.flatMap((machine) =>
      [goldenName(machine), `${machine.role}.data.txt`, `${machine.role}.metadata.json`].map(
        (name) => `${machine.os}/${name}`,
      ),
    );
    const found = ALL_SYSTEMS.flatMap((os) => readdirSync(join(GOLDEN, os)).map((name) => `${os}/${name}`));
    assert.deepEqual(found.sort(), expected.sort());
  });
});

/** The real programs that check boot data. Startup scripts differ in their data alone, so shellcheck sees one a package manager. */
const CHECKS = [
  { command: "bash", args: ["-n"], applies: (os: OperatingSystem) => deliveredBy(os, "startup-script") },
  {
    command: "shellcheck",
    args: [],
    applies: (os: OperatingSystem) => ["debian-13", "rhel-10"].includes(os),
  },
  {
    command: "cloud-init",
    args: ["schema", "-c"],
    applies: (os: OperatingSystem) => deliveredBy(os, "cloud-config"),
  },
  { command: "ignition-validate", args: [], applies: (os: OperatingSystem) => deliveredBy(os, "ignition") },
] as const;
const deliveredBy = (os: OperatingSystem, delivery: Delivery): boolean =>
  OPERATING_SYSTEMS[os].delivery === delivery;

describe("the golden boot data, checked by the programs of the systems themselves", function () {
  this.timeout(120_000);
  for (const { command, args, applies } of CHECKS)
    it(`passes ${[command, ...args].join(" ")}`, function () {
      const program = requireCommand(this, command);
      const files = MACHINES.filter(({ os }) => applies(os)).map((machine) =>
        join(GOLDEN, machine.os, goldenName(machine)),
      );
      assert.ok(files.length > 0);
      for (const file of files) {
        const { status, output } = run(program, [...args, file]);
        assert.equal(status, 0, output);
      }
    });

  it("passes shellcheck where the script is wrapped in cloud-init's or Ignition's files", function () {
    const shellcheck = requireCommand(this, "shellcheck");
    const scripts = new Set(ALL_SYSTEMS.map(bootScript));
    assert.equal(scripts.size, 4);
    for (const script of [...[...scripts].map((text) => `#!/bin/bash\n${text}`), REGISTRY_CREDENTIALS])
      assert.deepEqual(run(shellcheck, ["-"], { input: script }), { status: 0, output: "" });
  });
});

function requireCommand(suite: Mocha.Context, command: string): string {
  return (
    findCommand(command) ??
    leaveOut(suite, `${command} is not installed (apt-get install ${packageOf(command)})`)
  );
}
const packageOf = (command: string): string => (command === "ignition-validate" ? "ignition" : command);
