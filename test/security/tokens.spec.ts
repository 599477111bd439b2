import assert from "node:assert/strict";
import { createApi } from "../../functions/api/app.ts";
import { createReconcile } from "../../functions/reconcile.ts";
import { createSweep } from "../../functions/sweep.ts";
import { joinsPath } from "../../shared/engine/paths.ts";
import { LABEL_CLUSTER } from "../../shared/resources/owner.ts";
import { joinRig, MACHINE } from "../functions/join-rig.ts";
import { INVOKER, OPERATOR, testPlane, URLS } from "../functions/plane.ts";
import { ID } from "../support/fake-engine.ts";

const HOUR_MS = 3_600_000;

/** The same signature in other letters: the last one of 256 bytes has bits to spare, and padding says nothing. */
function respelled(token: string): readonly string[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(token.at(-1) ?? "");
  const others = Array.from({ length: 16 }, (_, bits) => (last & 0b110000) | bits);
  return [
    ...others
      .map((letter) => `${token.slice(0, -1)}${alphabet.charAt(letter)}`)
      .filter((one) => one !== token),
    `${token}=`,
    `${token}==`,
  ];
}

describe("a machine's token", () => {
  it("is used up however its signature is spelled (fault 15)", async () => {
    const join = await joinRig();
    const token = await join.token();
    assert.equal((await join.ask(token)).status, 200);
    for (const again of respelled(token)) {
      const { status } = await join.ask(again);
      assert.ok(status === 401 || status === 403, `${status} for …${again.slice(-6)}`);
    }
    assert.equal(join.made.length, 1);
  });

  it("lets one of many in that show it at the same moment (fault 15)", async () => {
    const join = await joinRig();
    const token = await join.token();
    const answers = await Promise.all(Array.from({ length: 12 }, () => join.ask(token)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [
      200,
      ...Array.from({ length: 11 }, () => 403),
    ]);
    assert.equal(join.made.length, 1);
  });

  it("is worth nothing in the hands of a pod, whose node has joined already", async () => {
    const join = await joinRig();
    join.node = "ready";
    const response = await join.ask(await join.token());
    assert.equal(
      response.status,
      503,
      "a machine made anew under the name comes back when the old node is gone",
    );
    assert.match(await response.text(), /has joined already/);
    assert.deepEqual(join.made, []);
    join.node = "not ready";
    assert.equal((await join.ask(await join.token())).status, 200);
  });

  it("does not open another cluster that happens to have the same uid (S11)", async () => {
    const join = await joinRig();
    join.machine = { ...MACHINE, labels: { ...MACHINE.labels, [LABEL_CLUSTER]: "another" } };
    assert.equal((await join.ask(await join.token())).status, 403);
    assert.deepEqual(join.made, []);
  });

  it("is refused an hour early and an hour late, and nothing is written (fault 16)", async () => {
    const join = await joinRig();
    const token = await join.token();
    await join.world.clock.advance(2 * HOUR_MS);
    assert.equal((await join.ask(token)).status, 401);
    const records = await join.world.store.query({ collection: joinsPath(ID), limit: 10 });
    assert.deepEqual(records.documents, []);
  });
});

describe("a token of one function", () => {
  it("opens no other one, not even in the right hands (fault 15)", async () => {
    const { plane, bearer } = await testPlane();
    const doors = [
      { name: "reconcile", app: createReconcile(plane), method: "POST", path: "/", email: INVOKER },
      { name: "sweep", app: createSweep(plane), method: "POST", path: "/", email: INVOKER },
      { name: "api", app: createApi(plane), method: "GET", path: "/v1/clusters", email: OPERATOR },
    ] as const;
    for (const door of doors) {
      for (const email of [INVOKER, OPERATOR, "mallory@example.com", "x@trusted.example.evil.com"]) {
        for (const [of, audience] of Object.entries(URLS)) {
          const allowed = of === door.name && email === door.email;
          const init = { method: door.method, headers: { Authorization: await bearer(email, audience) } };
          const { status } = await door.app.request(door.path, init);
          const wanted = allowed ? [200] : of === door.name ? [403] : [401];
          assert.ok(wanted.includes(status), `${door.name} answers ${status} to ${email}'s token for ${of}`);
        }
      }
    }
  });

  it("opens nothing when it is shown in another way than as a bearer's", async () => {
    const { plane, bearer } = await testPlane();
    const api = createApi(plane);
    const good = await bearer(OPERATOR, URLS.api);
    const wrong = [
      `${good}, ${good}`,
      good.replace("Bearer", "Basic"),
      good.replace("Bearer ", ""),
      `${good} more`,
      `${good}\u00a0`,
      "Bearer",
      `Bearer ${"a".repeat(100_000)}`,
    ];
    for (const authorization of wrong) {
      const { status } = await api.request("/v1/clusters", { headers: { Authorization: authorization } });
      assert.equal(status, 401, authorization.slice(0, 40));
    }
    assert.equal((await api.request(`/v1/clusters?access_token=${good.slice(7)}`)).status, 401);
    assert.equal((await api.request("/v1/clusters", { headers: { Authorization: good } })).status, 200);
  });
});
