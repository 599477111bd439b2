import assert from "node:assert/strict";
import { pass } from "../../../shared/engine/pass.ts";
import { clusterPath, inboxPath } from "../../../shared/engine/paths.ts";
import { COMMANDS_OPEN_MAX, WAYS_BACK_MAX } from "../../../shared/engine/submit-command.ts";
import type { Inbox } from "../../../shared/status/inbox.ts";
import { ID, quickstart } from "../../support/fake-engine.ts";
import { OPERATOR } from "../plane.ts";
import { apiRig, message, PATH } from "./rig.ts";

describe("functions/api/commands", () => {
  async function ready() {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await pass(api.world.engine, ID, "document written");
    api.world.wakeups.length = 0;
    const inbox = async () => (await api.world.store.get<Inbox>(inboxPath(ID)))?.data.commands ?? [];
    return { ...api, inbox };
  }
  const COMMANDS = `${PATH}/commands`;

  it("answers 202 with the operation of who calls, which can be read from then on", async () => {
    const api = await ready();
    const response = await api.call("POST", COMMANDS, {
      command: "drain",
      node: "n-1",
      reason: "a noisy disk",
    });
    assert.equal(response.status, 202);
    const { operation } = (await response.json()) as { operation: { id: string; requestedBy: string } };
    assert.equal(operation.requestedBy, OPERATOR);
    const read = await api.call("GET", `${PATH}/operations/${operation.id}`);
    assert.deepEqual(await read.json(), { operation });
    assert.equal((await api.call("GET", `${PATH}/operations/drain-0`)).status, 404);
    assert.equal((await api.inbox()).length, 1);
    assert.equal(api.world.wakeups.length, 1);
  });

  it("takes the same content for the same command while it runs, and for a new one when it has ended", async () => {
    const api = await ready();
    const pause = async () => {
      const response = await api.call("POST", COMMANDS, { command: "pause" });
      const { operation } = (await response.json()) as { operation: { id: string } };
      return [response.status, operation.id] as const;
    };
    const [, first] = await pause();
    assert.deepEqual(await pause(), [200, first]);
    await pass(api.world.engine, ID, "asked");
    assert.equal((await api.world.status()).care?.pauses.length, 1);
    const [status, second] = await pause();
    assert.equal(status, 202);
    assert.notEqual(second, first);
  });

  it("takes no more than so many that are open, but for those that take others back", async () => {
    const api = await ready();
    const ask = async (command: string, node: number) =>
      (await api.call("POST", COMMANDS, { command, node: `n-${node}` })).status;
    for (let node = 0; node < COMMANDS_OPEN_MAX; node += 1) assert.equal(await ask("drain", node), 202);
    assert.equal(await ask("drain", COMMANDS_OPEN_MAX), 409);
    for (let node = 0; node < WAYS_BACK_MAX; node += 1) assert.equal(await ask("uncordon", node), 202);
    assert.equal(await ask("uncordon", WAYS_BACK_MAX), 409);
    const refused = await api.call("POST", COMMANDS, { command: "resume" });
    assert.match(JSON.stringify(await refused.json()), /take drains back with uncordon/);
  });

  it("refuses with what is wrong and how to solve it, and writes nothing", async () => {
    const api = await ready();
    const cases: readonly (readonly [body: unknown, status: number, RegExp])[] = [
      [{ command: "drain" }, 422, /node.*is missing, which drain needs/],
      [
        { command: "resize", pool: "genral", value: "3" },
        422,
        /"genral\\?" is no pool of the cluster; use one of/,
      ],
      [{ command: "resize", pool: "general", value: "99999" }, 422, /nodePools/],
      [{ command: "drain", node: "n-1", colour: "red" }, 422, /colour.*is not a field/],
      [{ command: "drain", node: "n-1", cluster: "other" }, 422, /was sent to quickstart/],
      [{ command: "drain", node: "n-1", urgent: true }, 422, /urgent.*changes nothing for drain/],
      [{ command: "drain", node: "n-1", force: true }, 422, /force.*changes nothing for drain/],
      [
        { command: "verify", notBefore: "2026-12-02T00:00:00Z", deadline: "2026-12-01T00:00:00Z" },
        422,
        /deadline.*is not after notBefore/,
      ],
      [{ command: "pause", pool: "genral" }, 409, /there is no pool genral; the pools are general/],
      [{ command: "verify", deadline: "2020-01-01T00:00:00Z" }, 409, /is past; give a later one, or none/],
      [{ command: "pause", pool: "genral", dryRun: true }, 409, /there is no pool genral/],
      ["drain", 400, /send JSON/],
    ];
    for (const [body, status, text] of cases) {
      const response = await api.call("POST", COMMANDS, body);
      assert.equal(response.status, status, JSON.stringify(body));
      assert.match((await response.text()).replaceAll('\\"', '"'), text);
    }
    assert.equal((await api.call("POST", "/v1/clusters/none/commands", { command: "verify" })).status, 404);
    assert.deepEqual(await api.inbox(), []);
  });

  it("refuses another content under the same key with 409", async () => {
    const api = await ready();
    const send = (node: string) =>
      api.call("POST", COMMANDS, { command: "drain", node, idempotencyKey: "k" });
    assert.equal((await send("n-1")).status, 202);
    assert.equal((await send("n-1")).status, 200);
    const other = await send("n-2");
    assert.equal(other.status, 409);
    assert.match(await message(other), /choose a new key/);
  });

  it("says what a dry run would do, and writes nothing", async () => {
    const api = await ready();
    const response = await api.call("POST", COMMANDS, {
      command: "resize",
      pool: "general",
      value: "5",
      dryRun: true,
    });
    assert.equal(response.status, 200);
    const { plan } = (await response.json()) as { plan: readonly string[] };
    assert.deepEqual(plan, ["spec.nodePools general: size 2 becomes 5."]);
    assert.deepEqual(await api.inbox(), []);
    assert.deepEqual(
      (await api.world.store.get<{ spec: unknown }>(clusterPath(ID)))?.data.spec,
      quickstart().spec,
    );
  });

  it("names each step of an upgrade in a dry run, and whether the Kubernetes API answers meanwhile", async () => {
    const api = await ready();
    const upgrade = { command: "upgrade", value: "1.37", dryRun: true };
    const { plan } = (await (await api.call("POST", COMMANDS, upgrade)).json()) as {
      plan: readonly string[];
    };
    assert.match(
      plan.join("\n"),
      /goes up one minor at a time: 1\.36\.\d+ → 1\.37\.\d+\.\nIts only control-plane/,
    );
  });

  it("says in a dry run that nothing goes up where that version runs, and that nothing is paused", async () => {
    const api = await ready();
    const planOf = async (command: object) =>
      ((await (await api.call("POST", COMMANDS, { ...command, dryRun: true })).json()) as { plan: string[] })
        .plan;
    assert.deepEqual(await planOf({ command: "upgrade", value: "1.36" }), [
      "Nothing is upgraded: the cluster runs 1.36.4.",
    ]);
    assert.deepEqual(await planOf({ command: "upgrade", value: "1.36.4" }), [
      "spec.kubernetes.version 1.36 becomes 1.36.4.",
      "Nothing is upgraded: the cluster runs 1.36.4.",
    ]);
    assert.deepEqual(await planOf({ command: "resume", pool: "general" }), [
      "Nothing is to be done: pool general is not paused.",
    ]);
  });
});
