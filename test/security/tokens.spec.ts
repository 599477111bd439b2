import assert from "node:assert/strict";
import { createApi } from "../../functions/api/app.ts";
import { createNodeJoin } from "../../functions/node-join.ts";
import { createReconcile } from "../../functions/reconcile.ts";
import { createSweep } from "../../functions/sweep.ts";
import { joinsPath, statusPath } from "../../shared/engine/paths.ts";
import type { Compute } from "../../shared/ports/compute.ts";
import type { Instance } from "../../shared/ports/compute-types.ts";
import type { KubernetesTransport } from "../../shared/ports/kubernetes.ts";
import { LABEL_CLUSTER, LABEL_ROLE, LABEL_UID } from "../../shared/resources/owner.ts";
import type { Facts } from "../../shared/resources/resource.ts";
import { INVOKER, OPERATOR, type TestPlane, testPlane, URLS } from "../functions/plane.ts";
import { ID } from "../support/fake-engine.ts";
import { fakeKind } from "../support/fake-kind.ts";
import { quickstartSpec } from "../support/specs.ts";

const UID = "abc123";
const PROJECT = "demo-project";
const ZONE = "europe-west4-a";
const NAME = "quickstart-abc123-n-general-x7k2";
const ACCOUNT = `clusterwright-node@${PROJECT}.iam.gserviceaccount.com`;
const HOUR_MS = 3_600_000;
const HASH = `sha256:${"0".repeat(64)}`;
const FACTS: Partial<Facts> = {
  apiInternalAddress: "10.10.0.9",
  caHash: HASH,
  credentials: { caCertificate: "ca", caHash: HASH, clientCertificate: "certificate", clientKey: "key" },
};
const labels = { [LABEL_CLUSTER]: ID, [LABEL_UID]: UID, [LABEL_ROLE]: "worker" };

interface Rig extends TestPlane {
  machineLabels: Readonly<Record<string, string>>;
  nodeReady: boolean;
  readonly made: unknown[];
  token(project?: string): Promise<string>;
  ask(token: string, changes?: object): Promise<Response>;
}

/** One worker of one cluster, asking node-join. */
async function rig(): Promise<Rig> {
  const test = await testPlane([fakeKind("networks")]);
  const { engine } = test.plane;
  const [first] = engine.cloudKinds;
  assert.ok(first !== undefined);
  const compute = {
    ...engine.cloud.compute,
    get: async ({ name }: { name: string }) =>
      name !== NAME
        ? undefined
        : ({
            name,
            id: "77",
            status: "RUNNING",
            labels: join.machineLabels,
            serviceAccounts: [{ email: ACCOUNT, scopes: [] }],
          } as unknown as Instance),
  } as unknown as Compute;
  const kubernetes: KubernetesTransport = {
    request: async (_access, { method, path, body }) => {
      if (method === "POST") return { status: 201, body: join.made.push(body) };
      const status = { conditions: [{ type: "Ready", status: join.nodeReady ? "True" : "False" }] };
      const items = path.startsWith("/api/v1/nodes") ? [{ metadata: { name: NAME }, status }] : [];
      return { status: 200, body: path === "/version" ? { gitVersion: "v1.36.4" } : { items } };
    },
  };
  const cloudKinds = [{ ...first, learn: () => FACTS }];
  const app = createNodeJoin({
    ...test.plane,
    engine: { ...engine, cloud: { ...engine.cloud, compute, kubernetes }, cloudKinds },
  });
  await test.world.store.transact(async (transaction) =>
    transaction.set(statusPath(ID), {
      uid: UID,
      accepted: { ...quickstartSpec(), project: PROJECT },
      deleting: false,
      pins: { kubernetesVersion: "1.36.4", images: {}, initialised: true },
    }),
  );
  const join: Rig = {
    ...test,
    machineLabels: labels,
    nodeReady: false,
    made: [],
    token: (project = PROJECT) =>
      test.identity.instanceIdentityToken({
        instance: { project, zone: ZONE, id: "77", name: NAME, email: ACCOUNT },
        audience: engine.joinUrl,
      }),
    ask: async (token, changes = {}) =>
      app.request("/", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ cluster: ID, uid: UID, role: "worker", nodeName: NAME, ...changes }),
      }),
  };
  return join;
}

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
    const join = await rig();
    const token = await join.token();
    assert.equal((await join.ask(token)).status, 200);
    for (const again of respelled(token)) {
      const { status } = await join.ask(again);
      assert.ok(status === 401 || status === 403, `${status} for …${again.slice(-6)}`);
    }
    assert.equal(join.made.length, 1);
  });

  it("lets one of many in that show it at the same moment (fault 15)", async () => {
    const join = await rig();
    const token = await join.token();
    const answers = await Promise.all(Array.from({ length: 12 }, () => join.ask(token)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [
      200,
      ...Array.from({ length: 11 }, () => 403),
    ]);
    assert.equal(join.made.length, 1);
  });

  it("is worth nothing in the hands of a pod, whose node has joined already", async () => {
    const join = await rig();
    join.nodeReady = true;
    const response = await join.ask(await join.token());
    assert.equal(
      response.status,
      503,
      "a machine made anew under the name comes back when the old node is gone",
    );
    assert.match(await response.text(), /has joined already/);
    assert.deepEqual(join.made, []);
    join.nodeReady = false;
    assert.equal((await join.ask(await join.token())).status, 200);
  });

  it("does not open another cluster that happens to have the same uid (S11)", async () => {
    const join = await rig();
    join.machineLabels = { ...labels, [LABEL_CLUSTER]: "another" };
    assert.equal((await join.ask(await join.token())).status, 403);
    assert.deepEqual(join.made, []);
  });

  it("is refused an hour early and an hour late, and nothing is written (fault 16)", async () => {
    const join = await rig();
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
