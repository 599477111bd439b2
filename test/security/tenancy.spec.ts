import assert from "node:assert/strict";
import { createApi } from "../../functions/api/app.ts";
import { clusterOfEvent } from "../../functions/cluster-written.ts";
import { createReconcile } from "../../functions/reconcile.ts";
import { eventsPath, statusPath } from "../../shared/engine/paths.ts";
import { pkiSecretName } from "../../shared/resources/names.ts";
import { LABEL_CLUSTER, LABEL_UID } from "../../shared/resources/owner.ts";
import { validateCluster } from "../../shared/spec/validate.ts";
import { INVOKER, OPERATOR, testPlane, URLS } from "../functions/plane.ts";
import { ID, quickstart } from "../support/fake-engine.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument, TEST_NOW_MS } from "../support/specs.ts";

const PROJECT = "demo-project";
const MINUTE_MS = 60_000;

function small(name: string, changes: object = {}): { readonly spec: Record<string, unknown> } {
  const nodePools = [{ name: "general", machineType: "e2-standard-2", size: 1 }];
  return {
    spec: { ...exampleDocument("quickstart"), name, deletionProtection: false, nodePools, ...changes },
  };
}

async function uidOf(plane: SimulatedPlane, id: string): Promise<string> {
  const uid = (await plane.status(id))?.uid;
  assert.ok(uid !== undefined, `${id} has a status`);
  return uid;
}

/** Path and id of each resource: one that was made anew has another id. */
async function belongings(plane: SimulatedPlane, id: string, uid: string): Promise<readonly string[]> {
  const { compute } = plane.engine.cloud;
  const kinds = ["instances", "disks", "addresses", "forwardingRules", "instanceGroupManagers"] as const;
  const zonal = await Promise.all(
    kinds.map((kind) => compute.list({ kind, project: PROJECT, scope: "everywhere" })),
  );
  const global = await Promise.all(
    (["networks", "firewalls", "instanceTemplates"] as const).map((kind) =>
      compute.list({ kind, project: PROJECT, scope: "global" }),
    ),
  );
  const found: readonly { readonly name: string; readonly id?: string; readonly description?: string }[] = [
    ...zonal.flat(),
    ...global.flat(),
  ];
  return found
    .filter(({ name, description = "" }) =>
      description === ""
        ? name.startsWith(`${id}-${uid}-n-general-`) || name.startsWith(`${id}-${uid}-cp-`)
        : description.startsWith(`clusterwright cluster=${id} uid=${uid};`),
    )
    .map((one) => `${one.name} ${one.id}`)
    .toSorted();
}

describe("clusters of one project", function () {
  this.timeout(60_000);
  it("do not touch one another, be one's name the other's whole prefix (S11)", async () => {
    const plane = simulatedPlane(3);
    await plane.write("a", small("a"));
    await plane.until("a", (status) => status?.phase === "Ready");
    const uid = await uidOf(plane, "a");
    const evil = `a-${uid}-n`;
    const ranges = { nodes: "10.20.0.0/20", pods: "10.80.0.0/14" };
    await plane.write(
      evil,
      small(evil, { network: { ...(exampleDocument("quickstart")["network"] ?? {}), ...ranges } }),
    );
    await plane.until(evil, (status) => status?.phase === "Ready");
    const before = await belongings(plane, "a", uid);
    assert.ok(before.length > 10, before.join("\n"));
    const evilUid = await uidOf(plane, evil);
    const its = await belongings(plane, evil, evilUid);
    await plane.write("a", { ...small("a"), deletion: { uid: evilUid } });
    await plane.write(evil, { ...small(evil), deletion: { uid } });
    await plane.clock.advance(5 * MINUTE_MS);
    assert.deepEqual(
      await belongings(plane, "a", uid),
      before,
      "a tombstone of another cluster's uid deletes nothing",
    );
    await plane.write(evil, { ...small(evil), deletion: { uid: evilUid } });
    await plane.until(evil, (status) => status === undefined);
    assert.deepEqual(await belongings(plane, evil, evilUid), [], `${its.length} are gone`);
    assert.deepEqual(await belongings(plane, "a", uid), before);
    assert.equal((await plane.status("a"))?.phase, "Ready");
  });

  it("cannot move into another cluster's network by calling it an existing one (S11)", async () => {
    const plane = simulatedPlane(4);
    await plane.write("a", small("a"));
    const uid = await uidOf(plane, "a");
    await plane.until(
      "a",
      (status) =>
        status?.conditions.some(({ type, status: is }) => type === "NetworkReady" && is === "True") === true,
    );
    const existing = { network: `a-${uid}-network`, subnetwork: `a-${uid}-nodes` };
    const network = { nodes: "10.10.0.0/20", existing };
    await plane.write("b", small("b", { network }));
    await plane.clock.advance(10 * MINUTE_MS);
    const status = await plane.status("b");
    const condition = status?.conditions.find(({ type }) => type === "NetworkReady");
    assert.match(
      condition?.message ?? JSON.stringify(status?.conditions),
      new RegExp(`network of cluster a \\(uid ${uid}\\)`),
    );
    const made = plane.cloud.compute.inventory(PROJECT).map(({ path }) => path);
    const inside = made.filter((path) => path.includes(`/b-${status?.uid}-`));
    assert.deepEqual(
      inside.filter((path) => /firewalls|instances|forwardingRules|routers/.test(path)),
      [],
    );
    await plane.write("b", { ...small("b", { network }), deletion: { uid: status?.uid ?? "" } });
    await plane.until("b", (now) => now === undefined);
    assert.ok(plane.cloud.compute.inventory(PROJECT).some(({ path }) => path.endsWith(existing.network)));
  });

  it("leave secrets alone that bear their uid but another cluster's name, or no name of theirs (S2, S11)", async () => {
    const plane = simulatedPlane(5);
    await plane.write("a", small("a"));
    const uid = await uidOf(plane, "a");
    const { secrets } = plane.engine.cloud;
    const payload = Buffer.from("another's");
    await secrets.create(PROJECT, `b-${uid}-pki`, payload, { [LABEL_CLUSTER]: "b", [LABEL_UID]: uid });
    await secrets.create(PROJECT, "somebody-elses", payload, { [LABEL_CLUSTER]: "a", [LABEL_UID]: uid });
    await plane.until("a", (status) => status?.phase === "Ready");
    await plane.write("a", { ...small("a"), deletion: { uid } });
    await plane.until("a", (status) => status === undefined);
    assert.deepEqual(
      plane.cloud.secrets
        .inProject(PROJECT)
        .map(({ id }) => id)
        .toSorted(),
      [`b-${uid}-pki`, "somebody-elses"],
    );
  });

  it("do not take over keys that somebody else has put under their name (fault 8)", async () => {
    const uid = await uidAtFirst(6);
    const plane = simulatedPlane(6);
    const name = pkiSecretName({ uid, spec: { name: "a" } });
    await plane.engine.cloud.secrets.create(PROJECT, name, Buffer.from("a trap"), {});
    await plane.write("a", small("a"));
    assert.equal(await uidOf(plane, "a"), uid);
    await plane.clock.advance(5 * MINUTE_MS);
    const status = await plane.status("a");
    assert.notEqual(status?.phase, "Ready");
    assert.ok(status?.failures.some(({ key, code }) => key.endsWith(name) && code === "already-exists"));
    assert.deepEqual(
      plane.cloud.secrets.inProject(PROJECT).map(({ id }) => id),
      [name],
    );
  });

  it("let their control plane's account alone read their keys", async () => {
    const plane = simulatedPlane(7);
    const account = `keys-of-a@${PROJECT}.iam.gserviceaccount.com`;
    const quick = exampleDocument("quickstart")["controlPlane"] ?? {};
    await plane.write("a", small("a", { controlPlane: { ...quick, serviceAccount: account } }));
    await plane.until("a", (status) => status?.phase === "Ready");
    const readers = plane.cloud.secrets
      .inProject(PROJECT)
      .map(({ id, bindings }) => [id.split("-").at(-1), bindings.flatMap(({ members }) => members)]);
    assert.deepEqual(Object.fromEntries(readers), { pki: [`serviceAccount:${account}`], access: [] });
  });

  it("can read one another's keys where they share an account, and not where each has its own (S11)", async () => {
    const plane = simulatedPlane(9);
    const email = (name: string) => `${name}@${PROJECT}.iam.gserviceaccount.com`;
    const quick = exampleDocument("quickstart")["controlPlane"] ?? {};
    const own = { controlPlane: { ...quick, serviceAccount: email("apart-keys") } };
    for (const [id, changes] of [
      ["a", {}],
      ["b", {}],
      ["apart", own],
    ] as const)
      await plane.write(id, small(id, changes));
    for (const id of ["a", "b", "apart"])
      await plane.until(id, (status) => status?.pins.initialised === true);
    const read = async (account: string) =>
      Promise.all(["a", "b", "apart"].map((id) => reads(plane, email(account), id)));
    assert.deepEqual(await read("clusterwright-control-plane"), [true, true, false]);
    assert.deepEqual(await read("apart-keys"), [false, false, true]);
    assert.deepEqual(await read("clusterwright-node"), [false, false, false]);
  });
});

/** Whether an account gets a cluster's certificate authorities from Secret Manager. */
async function reads(plane: SimulatedPlane, account: string, id: string): Promise<boolean> {
  const uid = await uidOf(plane, id);
  const name = `projects/${PROJECT}/secrets/${pkiSecretName({ uid, spec: { name: id } })}/versions/latest`;
  const call = { service: "SecretManagerService", method: "AccessSecretVersion", params: { name }, body: {} };
  return Promise.resolve()
    .then(() => plane.cloud.secretsService({ ...call, caller: account }))
    .then(
      () => true,
      () => false,
    );
}

/** The uid that a plane of this seed gives to its first cluster. */
async function uidAtFirst(seed: number): Promise<string> {
  const plane = simulatedPlane(seed);
  await plane.write("a", small("a"));
  return uidOf(plane, "a");
}

describe("a node pool", () => {
  it("never runs as an account that reads keys, its own control plane's or the deployment's (S11)", () => {
    const other = `other-keys@${PROJECT}.iam.gserviceaccount.com`;
    const document = (serviceAccount: string) => ({
      ...small("a").spec,
      controlPlane: { replicas: 1, serviceAccount: other },
      nodePools: [{ name: "general", serviceAccount }],
    });
    for (const email of [other, `clusterwright-control-plane@${PROJECT}.iam.gserviceaccount.com`]) {
      const validated = validateCluster(document(email), { nowMs: TEST_NOW_MS });
      const errors = validated.ok ? [] : validated.errors;
      assert.deepEqual(
        errors.map(({ path }) => path),
        ["nodePools[0].serviceAccount"],
      );
      assert.match(errors[0]?.reason ?? "", /every pod could act as it/);
    }
    const fine = document(`batch-nodes@${PROJECT}.iam.gserviceaccount.com`);
    assert.ok(validateCluster(fine, { nowMs: TEST_NOW_MS }).ok);
  });
});

describe("an image", () => {
  it("called constructor is looked for like any other", async () => {
    const plane = simulatedPlane(8);
    const nodePools = [
      { name: "general", machineType: "e2-standard-2", size: 1, os: "flatcar", image: "constructor" },
    ];
    await plane.write("a", small("a", { nodePools }));
    await plane.clock.advance(5 * MINUTE_MS);
    const status = await plane.status("a");
    assert.ok(status?.failures.some(({ key, code }) => key === "images/constructor" && code === "not-found"));
    const made = plane.cloud.compute
      .inventory(PROJECT)
      .filter(({ collection }) => collection === "instanceTemplates");
    assert.deepEqual(made, [], "no machine is made of nothing");
  });
});

describe("an id", () => {
  const STRANGE = [
    "quickstart/status/current",
    "quickstart/events/1",
    "../quickstart",
    "..",
    ".",
    "__proto__",
    "a/../quickstart",
    "quickstart\u0000",
    "x".repeat(3_000),
  ];

  it("in the API's path leads to no other document", async () => {
    const { plane, bearer, world } = await testPlane();
    await world.write(quickstart());
    await world.store.transact(async (transaction) => {
      transaction.set(statusPath(ID), { uid: "abc123", secretly: "kept" });
      transaction.set(`${eventsPath(ID)}/1`, { atMs: 1, secretly: "kept" });
    });
    const api = createApi(plane);
    const headers = { Authorization: await bearer(OPERATOR, URLS.api) };
    const body = JSON.stringify(quickstart());
    for (const id of STRANGE) {
      const at = `/v1/clusters/${encodeURIComponent(id)}`;
      for (const [method, path] of [
        ["GET", at],
        ["PUT", at],
        ["DELETE", at],
        ["GET", `${at}/events`],
        ["GET", `${at}/operations`],
        ["POST", `${at}/certificate`],
      ] as const) {
        const init = method === "PUT" ? { method, headers, body } : { method, headers };
        const response = await api.request(path, init);
        const text = await response.text();
        assert.ok(
          response.status >= 400 && response.status < 500,
          `${method} ${path}: ${response.status} ${text}`,
        );
        assert.doesNotMatch(text, /secretly/);
      }
    }
    const found = await world.store.query({ group: "status", limit: 10 });
    assert.deepEqual(
      found.documents.map(({ path }) => path),
      [statusPath(ID)],
    );
  });

  it("in a task or an event makes no status of a document that is none", async () => {
    const { plane, bearer, world } = await testPlane();
    await world.write(quickstart());
    await world.store.transact(async (transaction) =>
      transaction.set(statusPath("other"), { uid: "abc123" }),
    );
    const headers = { Authorization: await bearer(INVOKER, URLS.reconcile) };
    for (const clusterId of [...STRANGE, "other/status/current"]) {
      const body = JSON.stringify({ clusterId, cause: "x" });
      const response = await createReconcile(plane).request("/", { method: "POST", headers, body });
      assert.equal(response.status, 200, clusterId);
    }
    const found = await world.store.query({ group: "status", limit: 10 });
    assert.deepEqual(
      found.documents.map(({ path }) => path),
      [statusPath("other")],
    );
    for (const document of [
      "clusters/x/status/current",
      "clusters/x/clusters",
      "xclusters/x",
      "clusters/",
      "a/clusters/x",
    ])
      assert.equal(clusterOfEvent({ document } as never), undefined, document);
  });
});
