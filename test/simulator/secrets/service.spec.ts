/** Google's own Secret Manager client against the simulated secrets, over the wire. */
import assert from "node:assert/strict";
import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { localClientOptions, type Rig, START_MS, startRig } from "../wire/rig.ts";

const NODES = "nodes@demo.iam.gserviceaccount.com";
const PARENT = "projects/demo";

describe("simulated Secret Manager", () => {
  let rig: Rig;
  let client: SecretManagerServiceClient;
  before(async () => {
    rig = await startRig({
      projectRoles: (_, email) => (email.startsWith("control-plane@") ? ["roles/secretmanager.admin"] : []),
    });
    client = new SecretManagerServiceClient(localClientOptions(rig.wire.port));
  });
  after(async () => {
    await client.close();
    await rig.wire.close();
  });

  const create = (secretId: string, labels: Record<string, string> = {}) =>
    client.createSecret({ parent: PARENT, secretId, secret: { replication: { automatic: {} }, labels } });
  const fails = (call: Promise<unknown>, httpStatusCode: number, message: RegExp): Promise<void> =>
    assert.rejects(call, (error: Error & { httpStatusCode?: number }) => {
      assert.equal(error.httpStatusCode, httpStatusCode, error.message);
      assert.match(error.message, message);
      return true;
    });
  /** Calls as a service account. */
  const access = async (name: string, email: string): Promise<{ status: number; json: unknown }> => {
    const { token } = rig.identity.accessToken(email);
    const response = await fetch(`${rig.wire.url}/v1/${name}:access`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return { status: response.status, json: await response.json() };
  };

  it("keeps a secret and gives its versions out", async () => {
    const [secret] = await create("kept", { team: "web" });
    assert.equal(secret.name, "projects/demo/secrets/kept");
    assert.equal(Number(secret.createTime?.seconds) * 1000, START_MS);
    for (const payload of ["one", "two"])
      await client.addSecretVersion({ parent: String(secret.name), payload: { data: Buffer.from(payload) } });
    const [latest] = await client.accessSecretVersion({ name: `${secret.name}/versions/latest` });
    assert.equal(Buffer.from(latest.payload?.data as Uint8Array).toString(), "two");
    assert.equal(latest.name, "projects/demo/secrets/kept/versions/2");
    const [first] = await client.accessSecretVersion({ name: `${secret.name}/versions/1` });
    assert.equal(Buffer.from(first.payload?.data as Uint8Array).toString(), "one");
  });
  it("says that a name is taken, and that a secret or version is not there", async () => {
    await create("taken");
    await fails(create("taken"), 409, /already exists/);
    await fails(client.getSecret({ name: `${PARENT}/secrets/none` }), 404, /Secret \[.*none\] not found/);
    await fails(
      client.accessSecretVersion({ name: `${PARENT}/secrets/taken/versions/latest` }),
      404,
      /Version/,
    );
  });
  it("wants a replication, a good name and good labels", async () => {
    await fails(client.createSecret({ parent: PARENT, secretId: "r", secret: {} }), 400, /replication/);
    await fails(create("a.b"), 400, /expected format/);
    await fails(create("l", { "Bad Key": "x" }), 400, /Invalid label/);
  });
  it("refuses a payload above 64 KiB, an empty one and a wrong checksum", async () => {
    await create("sized");
    const add = (data: Buffer, dataCrc32c?: number) =>
      client.addSecretVersion({
        parent: `${PARENT}/secrets/sized`,
        payload: { data, ...(dataCrc32c === undefined ? {} : { dataCrc32c }) },
      });
    await fails(add(Buffer.alloc(64 * 1024 + 1, 1)), 400, /65537 bytes/);
    await fails(add(Buffer.alloc(0)), 400, /empty/);
    await fails(add(Buffer.from("x"), 1), 400, /checksum/);
    assert.equal((await add(Buffer.alloc(64 * 1024, 1)))[0].name, `${PARENT}/secrets/sized/versions/1`);
    // 0xe3069283 is the check value of CRC-32C for these nine digits.
    assert.equal((await add(Buffer.from("123456789"), 0xe3069283))[0].clientSpecifiedPayloadChecksum, true);
  });
  it("does not give out a disabled or destroyed version", async () => {
    await create("states");
    const parent = `${PARENT}/secrets/states`;
    await client.addSecretVersion({ parent, payload: { data: Buffer.from("x") } });
    const name = `${parent}/versions/1`;
    await client.disableSecretVersion({ name });
    await fails(client.accessSecretVersion({ name }), 400, /DISABLED/);
    await client.enableSecretVersion({ name });
    assert.ok((await client.accessSecretVersion({ name }))[0].payload);
    const [destroyed] = await client.destroySecretVersion({ name });
    assert.equal(destroyed.state, "DESTROYED");
    await fails(client.accessSecretVersion({ name }), 400, /DESTROYED/);
    await fails(client.enableSecretVersion({ name }), 400, /DESTROYED/);
  });
  it("lists by label, newest first, page by page", async () => {
    for (const id of ["p1", "p2", "p3"]) await create(id, { cluster: "ab12cd" });
    const first = { parent: PARENT, filter: "labels.cluster=ab12cd", pageSize: 2 };
    const [some, next] = await client.listSecrets(first, { autoPaginate: false });
    assert.equal(some.length, 2);
    const [rest] = await client.listSecrets({ ...first, ...next }, { autoPaginate: false });
    const all = [...some, ...rest];
    assert.deepEqual(
      all.map((secret) => secret.name?.split("/").at(-1)),
      ["p3", "p2", "p1"],
    );
    await fails(client.listSecrets({ parent: PARENT, filter: "(a OR b)" }), 400, /Invalid filter/);
  });
  it("changes what the mask names", async () => {
    const [secret] = await create("changed", { a: "1" });
    const changes = { name: String(secret.name), labels: { b: "2" }, annotations: { note: "x" } };
    const [after] = await client.updateSecret({ secret: changes, updateMask: { paths: ["labels"] } });
    assert.deepEqual(after.labels, { b: "2" });
    assert.deepEqual(after.annotations, {});
  });
  it("lets a service account read only what its policy names", async () => {
    await create("guarded");
    const resource = `${PARENT}/secrets/guarded`;
    await client.addSecretVersion({ parent: resource, payload: { data: Buffer.from("x") } });
    const version = `${resource}/versions/latest`;
    const denied = await access(version, NODES);
    assert.equal(denied.status, 403);
    assert.match(JSON.stringify(denied.json), /secretmanager\.versions\.access.*PERMISSION_DENIED/);
    const bindings = [{ role: "roles/secretmanager.secretAccessor", members: [`serviceAccount:${NODES}`] }];
    const [before] = await client.getIamPolicy({ resource });
    await client.setIamPolicy({ resource, policy: { bindings, etag: before.etag ?? "" } });
    assert.equal((await access(version, NODES)).status, 200);
    assert.equal((await access(version, "other@demo.iam.gserviceaccount.com")).status, 403);
    assert.equal((await access(version, "control-plane@demo.iam.gserviceaccount.com")).status, 200);
    await fails(
      client.setIamPolicy({ resource, policy: { bindings, etag: before.etag ?? "" } }),
      409,
      /concurrent/,
    );
  });
  it("refuses an access token that it did not give out", async () => {
    const response = await fetch(`${rig.wire.url}/v1/projects/demo/secrets/kept`, {
      headers: { Authorization: "Bearer forged" },
    });
    assert.equal(response.status, 401);
  });
  it("forgets a deleted secret and one whose time is over", async () => {
    await create("gone");
    await client.deleteSecret({ name: `${PARENT}/secrets/gone` });
    await fails(client.getSecret({ name: `${PARENT}/secrets/gone` }), 404, /not found/);
    await client.createSecret({
      parent: PARENT,
      secretId: "brief",
      secret: { replication: { automatic: {} }, ttl: { seconds: 60 } },
    });
    await rig.clock.advance(61_000);
    await fails(client.getSecret({ name: `${PARENT}/secrets/brief` }), 404, /not found/);
  });
  it("answers 501 for regional secrets", async () => {
    const call = client.getSecret({ name: "projects/demo/locations/europe-west4/secrets/s" });
    await fails(call, 501, /not modelled/);
  });
});
