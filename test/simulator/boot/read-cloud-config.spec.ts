import assert from "node:assert/strict";
import { parse } from "yaml";
import { readCloudConfig } from "../../../simulator/boot/read-cloud-config.ts";

const LONG = "QUJD".repeat(200);
const UNIT = "[Service]\nExecStart=/bin/bash /opt/run.sh\n";
const SCRIPT = "#!/bin/bash\nmain() {\n  echo one\n}\nmain\n";

interface File {
  readonly path: string;
  readonly content: string;
}
/** Files as they are, and a unit that starts a script. */
function userData(more: string): string {
  return `#cloud-config
write_files:
  - path: "/etc/systemd/system/run.service"
    content: ${JSON.stringify(UNIT)}
  - path: "/opt/run.sh"
    content: ${JSON.stringify(SCRIPT)}
${more}
runcmd:
  - ["systemctl", "start", "run.service"]
`;
}

describe("user data with long texts in it", () => {
  for (const [where, more] of [
    ["a quoted scalar", `  - path: "/a"\n    content: "${LONG}"`],
    ["a block, with quotes of its own", `  - path: "/a"\n    content: |\n      x = "${LONG}"\n      y`],
    ["a single-quoted scalar", `  - path: "/a"\n    content: '"${LONG}" and "${LONG}"'`],
    ["a path", `  - path: "/${LONG}"\n    content: "${LONG}"`],
    ["the words that stand for one", `  - path: "/a"\n    content: "long-text-that-stands-aside-0. ${LONG}"`],
  ] as const)
    it(`is read as a YAML parser reads it: in ${where}`, () => {
      const text = userData(more);
      const { write_files: written } = parse(text) as { readonly write_files: readonly File[] };
      const expected = new Map(written.map(({ path, content }) => [path, content]));
      assert.deepEqual(readCloudConfig({ "user-data": text }).files, expected);
      assert.deepEqual(readCloudConfig({ "user-data": text }).files, expected);
    });

  it("is complained of with the places that it has", () => {
    const text = userData(`  - path: "/a"\n    content: "${LONG}" trailing`);
    assert.throws(() => readCloudConfig({ "user-data": text }), /Failed loading user data: .*line \d+/);
  });
});
