import assert from "node:assert/strict";
import { createSecretManager } from "../../../../shared/adapters/google/secret-manager.ts";
import { isCloudError } from "../../../../shared/ports/cloud-error.ts";
import { describeSecrets } from "../../../contract/secrets.ts";
import { type FakeSecretManager, startFakeSecretManager } from "../../../support/fake-secret-manager.ts";

const ROLE = "roles/secretmanager.secretAccessor";
const SERVICE_ACCOUNT = "nodes@acme.iam.gserviceaccount.com";
const PATH = "projects/acme/secrets/ca";
const bytes = (text: string) => new TextEncoder().encode(text);

function readersOf(fake: FakeSecretManager, path: string): readonly string[] {
  const bindings = fake.secrets.get(path)?.policy.bindings ?? [];
  const members = bindings.filter(({ role }) => role === ROLE).flatMap(({ members }) => members);
  return members.map((member) => member.replace(/^serviceAccount:/, "")).toSorted();
}

describe("Secret Manager", () => {
  describeSecrets("secrets in Secret Manager", async () => {
    const fake = await startFakeSecretManager();
    return {
      secrets: createSecretManager(fake.clientOptions),
      readers: async (project, name) => readersOf(fake, `projects/${project}/secrets/${name}`),
      close: fake.close,
    };
  });

  let fake: FakeSecretManager;
  beforeEach(async () => {
    fake = await startFakeSecretManager();
  });
  afterEach(() => fake.close());
  const secrets = () => createSecretManager(fake.clientOptions);
  const secret = () => {
    const found = fake.secrets.get(PATH);
    assert.ok(found);
    return found;
  };

  it("takes over a secret without a version, which a crash in mid-creation leaves", async () => {
    fake.secrets.set(PATH, { labels: {}, createTime: "2026-01-01T00:00:00Z", versions: [], policy: {} });
    assert.equal(await secrets().read("acme", "ca"), undefined);
    await secrets().create("acme", "ca", bytes("payload"), {});
    assert.deepEqual(await secrets().read("acme", "ca"), bytes("payload"));
  });

  it("reads the newest version that is enabled", async () => {
    await secrets().create("acme", "ca", bytes("one"), {});
    for (const text of ["two", "three"]) {
      secret().versions.push({ data: Buffer.from(text).toString("base64"), state: "ENABLED" });
    }
    assert.deepEqual(await secrets().read("acme", "ca"), bytes("three"));
    Object.assign(secret().versions[2] ?? {}, { state: "DISABLED" });
    assert.deepEqual(await secrets().read("acme", "ca"), bytes("two"));
    for (const version of secret().versions) version.state = "DESTROYED";
    assert.equal(await secrets().read("acme", "ca"), undefined);
  });

  it("changes a policy again when others changed it in between, and keeps what they did", async () => {
    await secrets().create("acme", "ca", bytes("one"), {});
    const theirs = {
      role: ROLE,
      members: ["user:a@acme.example"],
      condition: { title: "t", description: "d", location: "l", expression: "true" },
    };
    let meddled = false;
    fake.onRequest = ({ path }) => {
      if (meddled || !path.endsWith(":setIamPolicy")) return;
      meddled = true;
      secret().policy = { etag: "dGhlaXJz", version: 3, bindings: [theirs] };
    };
    await secrets().allow("acme", "ca", SERVICE_ACCOUNT);
    assert.deepEqual(secret().policy.bindings, [
      theirs,
      { role: ROLE, members: [`serviceAccount:${SERVICE_ACCOUNT}`] },
    ]);
  });

  it("gives up on a policy that others change all the time", async () => {
    await secrets().create("acme", "ca", bytes("one"), {});
    let changes = 0;
    fake.onRequest = ({ path }) => {
      if (path.endsWith(":setIamPolicy"))
        secret().policy = { etag: Buffer.from(`theirs ${changes++}`).toString("base64") };
    };
    await assert.rejects(secrets().allow("acme", "ca", SERVICE_ACCOUNT), (error) =>
      isCloudError(error, "stale"),
    );
    assert.ok(changes > 1 && changes < 10);
  });

  it("says unavailable when nothing answers, naming what was asked for and no payload", async () => {
    const options = fake.clientOptions;
    await fake.close();
    const doomed = createSecretManager(options).create("acme", "ca", bytes("hunter2"), {});
    await assert.rejects(doomed, (error) => {
      assert.ok(isCloudError(error, "unavailable"), String(error));
      assert.equal(error.target, PATH);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });
});
