import assert from "node:assert/strict";
import { createMaintenance } from "../../functions/maintenance.ts";
import { pass } from "../../shared/engine/pass.ts";
import { inboxPath, operationRecordPath } from "../../shared/engine/paths.ts";
import { COMMANDS_OPEN_MAX } from "../../shared/engine/submit-command.ts";
import { CloudError } from "../../shared/ports/cloud-error.ts";
import { StoreError } from "../../shared/ports/store.ts";
import type { OperationRecord } from "../../shared/status/cluster-status.ts";
import type { Inbox } from "../../shared/status/inbox.ts";
import { ID, quickstart } from "../support/fake-engine.ts";
import { COMMANDER, INVOKER, OPERATOR, type TestPlane, testPlane, URLS } from "./plane.ts";

const DRAIN = { command: "drain", cluster: ID, node: "n-1", reason: "a noisy disk" };

describe("functions/maintenance", () => {
  async function ready(): Promise<TestPlane> {
    const test = await testPlane();
    await test.world.write(quickstart());
    await pass(test.world.engine, ID, "document written");
    test.world.wakeups.length = 0;
    return test;
  }
  const push = async (test: TestPlane, message: object, header?: string) =>
    createMaintenance(test.plane).request("/", {
      method: "POST",
      headers: { Authorization: header ?? (await test.bearer(COMMANDER, URLS.maintenance)) },
      body: JSON.stringify({
        message: { messageId: "1", ...message },
        subscription: "projects/p/subscriptions/s",
      }),
    });
  const encoded = (json: unknown) => Buffer.from(JSON.stringify(json)).toString("base64");
  const inbox = async (test: TestPlane) =>
    (await test.world.store.get<Inbox>(inboxPath(ID)))?.data.commands ?? [];

  it("makes an operation of a command, adds it to the inbox and asks for a pass", async () => {
    const test = await ready();
    const response = await push(test, { data: encoded(DRAIN) });
    assert.equal(response.status, 200);
    const { operation } = (await response.json()) as { operation: string };
    assert.match(operation, /^drain-[0-9a-f]{16}$/);
    const [command, ...more] = await inbox(test);
    assert.deepEqual(more, []);
    const { uid } = await test.world.status();
    const record = await test.world.store.get<OperationRecord>(operationRecordPath(ID, uid, operation));
    assert.deepEqual(
      [record?.data.result, record?.data.type, record?.data.request],
      ["running", "command", { command: "drain", node: "n-1", reason: "a noisy disk" }],
    );
    assert.deepEqual([command?.operation, command?.requestedBy], [operation, "message 1"]);
    assert.deepEqual(
      test.world.wakeups.map(({ clusterId, cause }) => [clusterId, cause]),
      [[ID, "drain of n-1 asked for by message 1"]],
    );
  });

  it("reads nothing of what a stranger sends", async () => {
    const test = await ready();
    let read = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        read += 1;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
    const response = await createMaintenance(test.plane).request("/", init);
    assert.equal(response.status, 401);
    assert(read <= 1, `${read} pieces were read`);
  });

  it("takes attributes as well", async () => {
    const test = await ready();
    const attributes = { command: "pause", cluster: ID, pool: "general", value: "2h", version: "1" };
    assert.equal((await push(test, { attributes })).status, 200);
    assert.deepEqual(
      (await inbox(test)).map(({ command, value }) => [command, value]),
      [["pause", "2h"]],
    );
  });

  it("takes a message that comes twice for one, before and after the pass took it in", async () => {
    const test = await ready();
    const answers = [];
    for (let time = 0; time < 3; time++) {
      answers.push(await (await push(test, { data: encoded(DRAIN) })).json());
      if (time === 1) await pass(test.world.engine, ID, "asked");
    }
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    assert.equal((await inbox(test)).length, 0);
    assert.equal((await test.world.status()).care?.commands.length, 1);
    assert.equal(
      (await (await push(test, { messageId: "2", data: encoded(DRAIN) })).json()) === answers[0],
      false,
    );
    assert.equal((await inbox(test)).length, 1, "another message is another command");
  });

  it("takes a key for the name of a command: again is the same, with another content it is refused", async () => {
    const test = await ready();
    const keyed = { ...DRAIN, idempotencyKey: "ticket-7" };
    await push(test, { data: encoded(keyed) });
    await push(test, { messageId: "2", data: encoded(keyed) });
    assert.equal((await inbox(test)).length, 1);
    await push(test, { messageId: "3", data: encoded({ ...keyed, node: "n-2" }) });
    assert.match(
      test.dead[0]?.attributes["clusterwrightReason"] ?? "",
      /^idempotency key ticket-7 was used for another command/,
    );
  });

  it("sends what can never be carried out to the dead letters, whole, with the reason, and acknowledges it", async () => {
    const test = await ready();
    const cases: readonly (readonly [data: unknown, reason: RegExp])[] = [
      [
        { ...DRAIN, command: "drian" },
        /^command: "drian" is not one of the choices; did you mean drain\?\.$/,
      ],
      [{ ...DRAIN, node: undefined }, /^node: is missing, which drain needs; add node: a name that kubectl/],
      [{ ...DRAIN, cluster: "other" }, /^there is no cluster other$/],
      [
        { command: "resize", cluster: ID, pool: "general", value: "many" },
        /value: "many" is not what it should be; write a number of machines/,
      ],
      [{ command: "upgrade", cluster: ID, value: "1.99" }, /1\.99.*is not a Kubernetes minor/],
      [{ ...DRAIN, reason: "a\nb" }, /reason: .* is not a line of text/],
      [{ ...DRAIN, dryRun: true }, /dryRun has nobody to answer to here/],
      [[DRAIN], /is not a group of fields/],
      ["drain", /is not a group of fields/],
    ];
    for (const [data, reason] of cases) {
      test.dead.length = 0;
      const response = await push(test, { data: encoded(data), attributes: { origin: "pipeline" } });
      assert.equal(response.status, 200);
      const [letter] = test.dead;
      assert(letter !== undefined, `${reason} was not told`);
      assert.match(letter.attributes["clusterwrightReason"] ?? "", reason);
      assert.equal(letter.attributes["origin"], "pipeline");
      assert.equal(Buffer.from(letter.data).toString(), JSON.stringify(data));
    }
    for (const message of [{}, { data: "%%%" }, { data: Buffer.from("{").toString("base64") }]) {
      test.dead.length = 0;
      assert.equal((await push(test, message)).status, 200);
      assert.match(test.dead[0]?.attributes["clusterwrightReason"] ?? "", /its data is not JSON/);
    }
    test.dead.length = 0;
    await push(test, { data: encoded({ ...DRAIN, reason: "long ".repeat(2_000) }) });
    assert.match(test.dead[0]?.attributes["clusterwrightReason"] ?? "", /^a command has at most 8192 bytes$/);
    assert.deepEqual(await inbox(test), []);
    assert.deepEqual(test.world.wakeups, []);
  });

  it("has Pub/Sub try again while too many commands are open: a later try does better", async () => {
    const test = await ready();
    for (let number = 1; number <= COMMANDS_OPEN_MAX; number++)
      await push(test, { messageId: String(number), data: encoded(DRAIN) });
    const late = await push(test, { messageId: "late", data: encoded(DRAIN) });
    assert.equal(late.status, 503);
    assert.match(await late.text(), /50 commands of cluster quickstart are not done yet/);
    assert.deepEqual(test.dead, []);
  });

  it("has Pub/Sub try again when the store, the wake-ups or the dead letters do not answer: nothing is lost", async () => {
    const test = await ready();
    const failing = (changes: object): TestPlane => ({
      ...test,
      plane: { ...test.plane, engine: { ...test.plane.engine, ...changes } },
    });
    const store = {
      ...test.world.store,
      transact: async () => {
        throw new StoreError("unavailable", "no database");
      },
    };
    assert.equal((await push(failing({ store }), { data: encoded(DRAIN) })).status, 503);
    const wakeups = {
      schedule: async () => {
        throw new CloudError("unavailable", "no queue");
      },
      cancel: async () => {},
    };
    assert.equal((await push(failing({ wakeups }), { data: encoded(DRAIN) })).status, 503);
    assert.equal((await push(test, { data: encoded(DRAIN) })).status, 200);
    assert.equal((await inbox(test)).length, 1);
    assert.equal(test.world.wakeups.length, 1, "the repeat asks for the pass");
    const deadLetters = {
      publish: async () => {
        throw new CloudError("unavailable", "no topic");
      },
    };
    const mute = { ...test, plane: { ...test.plane, deadLetters } };
    assert.equal((await push(mute, { data: encoded({}) })).status, 503);
  });

  it("lets nobody in but the account that pushes commands, and does nothing for others", async () => {
    const test = await ready();
    const headers: readonly (readonly [string, number])[] = [
      ["", 401],
      ["Bearer forged", 401],
      [await test.bearer(COMMANDER, URLS.api), 401],
      [await test.bearer(INVOKER, URLS.maintenance), 403],
      [await test.bearer(OPERATOR, URLS.maintenance), 403],
    ];
    for (const [header, status] of headers)
      assert.equal((await push(test, { data: encoded(DRAIN) }, header)).status, status);
    assert.deepEqual(await inbox(test), []);
    assert.deepEqual(test.dead, []);
    const huge = { data: "A".repeat(15_000_000) };
    assert.equal((await push(test, huge, "Bearer forged")).status, 401, "nothing of a stranger's is read");
    assert.equal((await push(test, huge)).status, 413);
  });
});
