import assert from "node:assert/strict";
import { createNodeJoin, JOIN_TOKEN_MS } from "../../functions/node-join.ts";
import { statusPath } from "../../shared/engine/paths.ts";
import { CloudError } from "../../shared/ports/cloud-error.ts";
import type { Compute } from "../../shared/ports/compute.ts";
import type { Instance } from "../../shared/ports/compute-types.ts";
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { LABEL_CLUSTER, LABEL_ROLE, LABEL_UID } from "../../shared/resources/owner.ts";
import { ID } from "../support/fake-engine.ts";
import { ASK, FACTS, type JoinRig, joinRig, MACHINE, NAME, NODE_ACCOUNT } from "./join-rig.ts";

/** Refused, and nothing has come of it. */
async function refused(join: JoinRig, response: Response, status: number, message: RegExp): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(text, message);
  assert.deepEqual(join.made, []);
  assert.equal(await join.used(), 0);
}

describe("functions/node-join", () => {
  it("answers a machine of the cluster with a token of 15 minutes, the API's address and the CA's hash", async () => {
    const join = await joinRig();
    const response = await join.ask(await join.token());
    assert.equal(response.status, 200);
    const answer = (await response.json()) as { token: string };
    assert.match(answer.token, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    assert.deepEqual(answer, {
      token: answer.token,
      expires: new Date(join.world.clock.nowMs() + JOIN_TOKEN_MS).toISOString(),
      apiServerEndpoint: "10.10.0.9:6443",
      caCertHashes: [FACTS.caHash],
    });
    assert.deepEqual(join.made, [`bootstrap-token-${answer.token.slice(0, 6)}`]);
    assert.doesNotMatch(
      JSON.stringify(join.lines),
      new RegExp(answer.token.slice(7)),
      "no secret in the log (S12)",
    );
  });

  it("refuses whoever does not show a machine's own token for this function (fault 15)", async () => {
    const join = await joinRig();
    const valid = await join.token();
    const [head, claims, signature] = valid.split(".");
    const forgedClaims = Buffer.from(
      Buffer.from(claims ?? "", "base64url")
        .toString()
        .replace(NAME, "another-machine"),
    ).toString("base64url");
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    const tokens: readonly (readonly [why: string, token: string | undefined])[] = [
      ["no token", undefined],
      ["garbage", "garbage"],
      ["changed claims", `${head}.${forgedClaims}.${signature}`],
      ["no signature", `${none}.${claims}.`],
      ["the wrong audience", await join.token({}, "https://elsewhere.example")],
      [
        "an account's token, not a machine's",
        await join.identity.serviceAccountIdToken(NODE_ACCOUNT, join.plane.engine.joinUrl),
      ],
    ];
    for (const [why, token] of tokens) {
      const response = await join.ask(token);
      assert.equal(response.status, 401, why);
      await refused(join, response, 401, /token/);
    }
  });

  it("refuses a token that has expired", async () => {
    const join = await joinRig();
    const token = await join.token();
    await join.world.clock.advance(2 * 3_600_000);
    await refused(join, await join.ask(token), 401, /expired/);
  });

  it("answers a token once", async () => {
    const join = await joinRig();
    const token = await join.token();
    assert.equal((await join.ask(token)).status, 200);
    const again = await join.ask(token);
    assert.equal(again.status, 403);
    assert.match(await again.text(), /used before/);
    assert.equal(join.made.length, 1);
    await join.world.clock.advance(1_000);
    assert.equal(
      (await join.ask(await join.token())).status,
      200,
      "a fresh token of the same machine is good",
    );
  });

  const mismatches: readonly {
    readonly why: string;
    readonly claims?: Readonly<Record<string, string>>;
    readonly machine?: Partial<Instance>;
    readonly ask?: Readonly<Record<string, string>>;
    readonly says: RegExp;
  }[] = [
    {
      why: "asks in another machine's name",
      ask: { nodeName: "quickstart-abc123-cp-0" },
      says: /its own name/,
    },
    { why: "was not made in that role", ask: { role: "control-plane" }, says: /not made as a control-plane/ },
    { why: "names another cluster's uid", ask: { uid: "zzz999" }, says: /does not belong/ },
    { why: "names a cluster that does not exist", ask: { cluster: "nowhere" }, says: /does not belong/ },
    { why: "is of another project", claims: { project: "other-project" }, says: /does not belong/ },
    {
      why: "is of another cluster by its labels",
      machine: { labels: { [LABEL_CLUSTER]: ID, [LABEL_UID]: "zzz999", [LABEL_ROLE]: "worker" } },
      says: /not labelled/,
    },
    {
      why: "was deleted and made anew under its name",
      machine: { id: "999" },
      says: /another machine bears its name/,
    },
    { why: "is not running", machine: { status: "STOPPING" }, says: /not running/ },
    {
      why: "runs as another account than its token says",
      machine: { serviceAccounts: [{ email: "other@x.iam.gserviceaccount.com", scopes: [] }] },
      says: /another service account/,
    },
    {
      why: "is in another zone than its token says",
      claims: { zone: "europe-west4-b" },
      says: /does not exist/,
    },
    { why: "is a machine of somebody else", claims: { name: "foreign", id: "5" }, says: /does not exist/ },
  ];
  for (const { why, claims, machine, ask, says } of mismatches) {
    it(`refuses a machine that ${why} (fault 15)`, async () => {
      const join = await joinRig();
      join.machine = { ...MACHINE, ...machine } as Instance;
      await refused(join, await join.ask(await join.token(claims), { ...ASK, ...ask }), 403, says);
    });
  }

  it("refuses a machine whose cluster is being deleted", async () => {
    const join = await joinRig();
    const status = (await join.world.store.get(statusPath(ID)))?.data;
    await join.world.store.transact(async (transaction) =>
      transaction.set(statusPath(ID), { ...status, deleting: true }),
    );
    await refused(join, await join.ask(await join.token()), 403, /being deleted/);
  });

  it("answers 400 to bodies that are none of a machine's, and reads none of them before the token (fault 10)", async () => {
    const join = await joinRig();
    const bodies = [
      "",
      "{",
      "null",
      "[]",
      { ...ASK, cluster: "../x" },
      { ...ASK, uid: "A" },
      { ...ASK, more: 1 },
    ];
    for (const body of bodies) {
      await refused(join, await join.ask(await join.token(), body), 400, /send JSON/);
      assert.equal((await join.ask("garbage", body)).status, 401);
    }
    await refused(join, await join.ask(await join.token(), "x".repeat(10_000)), 413, /at most/);
  });

  it("asks the machine to come back while the cluster's API does not answer, and does not use its token up", async () => {
    const join = await joinRig();
    join.apiUp = false;
    const token = await join.token();
    const early = await join.ask(token);
    assert.equal(early.headers.get("Retry-After"), "5");
    await refused(join, early, 503, /waiting for the cluster's API/);
    join.apiUp = true;
    assert.equal((await join.ask(token)).status, 200);
  });

  it("gives the token back when the cluster's API goes away just then", async () => {
    const join = await joinRig();
    const { request } = join.plane.engine.cloud.kubernetes;
    let failing = true;
    const engine = {
      ...join.plane.engine,
      cloud: {
        ...join.plane.engine.cloud,
        kubernetes: {
          request: async (...call: Parameters<typeof request>) => {
            if (call[1].method === "POST" && failing) throw new KubernetesUnreachable("went away");
            return request(...call);
          },
        },
      },
    };
    const token = await join.token();
    const ask = () =>
      createNodeJoin({ ...join.plane, engine }).request("/", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify(ASK),
      });
    const early = await ask();
    assert.equal(early.headers.get("Retry-After"), "5");
    await refused(join, early, 503, /does not answer/);
    failing = false;
    assert.equal((await ask()).status, 200);
  });

  it("answers 503, not a refusal, while Compute Engine does not answer", async () => {
    const join = await joinRig();
    const get = async () => {
      throw new CloudError("unavailable", "no answer");
    };
    const compute = { ...join.plane.engine.cloud.compute, get } as unknown as Compute;
    const engine = { ...join.plane.engine, cloud: { ...join.plane.engine.cloud, compute } };
    const response = await createNodeJoin({ ...join.plane, engine }).request("/", {
      method: "POST",
      headers: { Authorization: `Bearer ${await join.token()}` },
      body: JSON.stringify(ASK),
    });
    await refused(join, response, 503, /try again/);
  });
});
