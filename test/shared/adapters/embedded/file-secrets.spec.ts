import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createFileSecrets } from "../../../../shared/adapters/embedded/file-secrets.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { createVirtualClock } from "../../../../simulator/clock.ts";
import { describeSecrets } from "../../../contract/secrets.ts";
import { temporaryFolders } from "../../../support/folder.ts";

const clock = createVirtualClock(Date.UTC(2026, 0, 1));
const bytes = (text: string) => new TextEncoder().encode(text);

describe("the secrets file", () => {
  const folder = temporaryFolders();

  describeSecrets("secrets in a file", async () => {
    const file = join(folder(), "secrets.json");
    return {
      secrets: createFileSecrets({ file, clock }),
      readers: async (project, name) => {
        const { secrets } = JSON.parse(readFileSync(file, "utf8"));
        return secrets[`projects/${project}/secrets/${name}`].readers.toSorted();
      },
      close: async () => {},
    };
  });

  it("keeps secrets over a restart, in a file and a folder that only the owner can read", async () => {
    const file = join(folder(), "made/secrets.json");
    await createFileSecrets({ file, clock }).create("acme", "ca", bytes("payload"), {});
    assert.deepEqual(await createFileSecrets({ file, clock }).read("acme", "ca"), bytes("payload"));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(dirname(file)), ["secrets.json"]);
    chmodSync(file, 0o644);
    await createFileSecrets({ file, clock }).read("acme", "ca");
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("is not upset by the draft that a crash left behind", async () => {
    const file = join(folder(), "secrets.json");
    writeFileSync(`${file}.new`, '{"form');
    await createFileSecrets({ file, clock }).create("acme", "ca", bytes("payload"), {});
    assert.deepEqual(await createFileSecrets({ file, clock }).read("acme", "ca"), bytes("payload"));
  });

  it("is left alone when it is not what it should be, and the error quotes nothing of it", async () => {
    const file = join(folder(), "secrets.json");
    for (const text of [
      '{"format":1,"secrets":{"x":{"payload":"hunter2!"}}}',
      "hunter2",
      '{"format":2,"secrets":{}}',
    ]) {
      writeFileSync(file, text);
      const doomed = createFileSecrets({ file, clock }).create("acme", "ca", bytes("payload"), {});
      await assert.rejects(doomed, (error) => {
        assert.ok(isCloudError(error, "invalid"));
        assert.match(error.message, /put its backup in its place/);
        assert.doesNotMatch(`${error.message} ${error.cause}`, /hunter2/);
        return true;
      });
      assert.equal(readFileSync(file, "utf8"), text);
    }
  });

  it("answers unavailable when it cannot be written, and works when it can again", async () => {
    const file = join(folder(), "secrets.json");
    const secrets = createFileSecrets({ file, clock });
    mkdirSync(join(`${file}.new`, "in-the-way"), { recursive: true });
    await assert.rejects(secrets.create("acme", "ca", bytes("payload"), {}), (error) =>
      isCloudError(error, "unavailable"),
    );
    rmSync(`${file}.new`, { recursive: true });
    await secrets.create("acme", "ca", bytes("payload"), {});
    assert.deepEqual(await secrets.read("acme", "ca"), bytes("payload"));
  });
});
