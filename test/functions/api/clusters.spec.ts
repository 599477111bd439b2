import assert from "node:assert/strict";
import type { PublicStatus } from "../../../functions/api/public-status.ts";
import { clusterPath, statusPath } from "../../../shared/engine/paths.ts";
import { DOCUMENT_BYTES_MAX } from "../../../shared/ports/store.ts";
import { NO_CARE } from "../../../shared/status/care.ts";
import type { ClusterStatus } from "../../../shared/status/cluster-status.ts";
import { ID, quickstart } from "../../support/fake-engine.ts";
import { OPERATOR, URLS } from "../plane.ts";
import { apiRig, message, PATH } from "./rig.ts";

describe("functions/api/clusters", () => {
  it("lets nobody in but operators, and does nothing for others", async () => {
    const api = await apiRig();
    const headers: readonly (readonly [authorization: string, status: number])[] = [
      ["", 401],
      ["Bearer forged", 401],
      [await api.bearer(OPERATOR, URLS.sweep), 401],
      [await api.bearer("stranger@example.com", URLS.api), 403],
    ];
    for (const [Authorization, status] of headers) {
      for (const [method, path] of [
        ["GET", "/v1/clusters"],
        ["PUT", PATH],
        ["DELETE", PATH],
        ["POST", `${PATH}/certificate`],
        ["GET", `${PATH}/events`],
      ] as const) {
        const body = method === "GET" ? undefined : quickstart();
        assert.equal(
          (await api.call(method, path, body, { Authorization })).status,
          status,
          `${method} ${path}`,
        );
      }
    }
    assert.equal(await api.world.store.get(clusterPath(ID)), undefined);
  });

  it("creates with 201, replaces with 200, and reads back what was written with its ETag", async () => {
    const api = await apiRig();
    const created = await api.call("PUT", PATH, quickstart());
    assert.equal(created.status, 201);
    const etag = created.headers.get("ETag");
    const read = await api.call("GET", PATH);
    assert.equal(read.headers.get("ETag"), etag);
    const { id, spec } = (await read.json()) as { id: string; spec: unknown };
    assert.deepEqual({ id, spec }, { id: ID, ...quickstart() });
    const replaced = await api.call("PUT", PATH, quickstart({ addons: { metrics: false } }));
    assert.equal(replaced.status, 200);
    assert.notEqual(replaced.headers.get("ETag"), etag);
  });

  it("shows what is remembered of the care of nodes, and no bookkeeping", async () => {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const shown = async () =>
      ((await (await api.call("GET", PATH)).json()) as { status: PublicStatus }).status;
    assert.equal((await shown()).care, undefined, "there is nothing to tell");
    const machine = "projects/p/zones/z/instances/n-1";
    const repair = { pool: "general", machine, step: "restart", atMs: 1, reason: "it is silent" } as const;
    const ledger = [{ node: "n-1", digest: "abc" }];
    await api.world.store.transact(async (transaction) => {
      const status = (await transaction.get<ClusterStatus>(statusPath(ID)))?.data;
      transaction.set(statusPath(ID), { ...status, care: { ...NO_CARE, repairs: [repair], ledger } });
    });
    const {
      ledger: _ledger,
      lostSeenMs: _seen,
      regainedMs: _regained,
      resumedMs: _resumed,
      ...care
    } = NO_CARE;
    assert.deepEqual((await shown()).care, { ...care, repairs: [repair] });
  });

  it("replaces only the version that If-Match names", async () => {
    const api = await apiRig();
    const first = (await api.call("PUT", PATH, quickstart())).headers.get("ETag") ?? "";
    const edited = quickstart({ addons: { metrics: false } });
    assert.equal((await api.call("PUT", PATH, edited, { "If-Match": first })).status, 200);
    const stale = await api.call("PUT", PATH, quickstart(), { "If-Match": first });
    assert.equal(stale.status, 412);
    assert.match(await message(stale), /read it again/);
    assert.deepEqual((await api.world.store.get(clusterPath(ID)))?.data, edited);
    assert.equal((await api.call("PUT", PATH, edited, { "If-Match": "*" })).status, 200);
    const nowhere = await api.call("PUT", "/v1/clusters/other", quickstart({ name: "other" }), {
      "If-Match": first,
    });
    assert.equal(nowhere.status, 412);
  });

  it("only creates with If-None-Match", async () => {
    const api = await apiRig();
    const once = { "If-None-Match": "*" };
    assert.equal((await api.call("PUT", PATH, quickstart(), once)).status, 201);
    const again = await api.call("PUT", PATH, quickstart({ addons: { metrics: false } }), once);
    assert.equal(again.status, 409);
    assert.match(await message(again), /If-Match/);
    assert.deepEqual((await api.world.store.get(clusterPath(ID)))?.data, quickstart());
  });

  it("checks and writes nothing on a dry run", async () => {
    const api = await apiRig();
    const fine = await api.call("PUT", `${PATH}?dryRun=true`, quickstart());
    assert.deepEqual([fine.status, await fine.json()], [200, { id: ID, verdict: "accepted" }]);
    const bad = await api.call("PUT", `${PATH}?dryRun=true`, quickstart({ region: "mars-1" }));
    assert.equal(bad.status, 422);
    assert.equal(await api.world.store.get(clusterPath(ID)), undefined);
  });

  it("answers 422 with path, reason and way out of every wrong field, and writes nothing", async () => {
    const api = await apiRig();
    const response = await api.call("PUT", PATH, quickstart({ region: "mars-1", nodePool: [] }));
    assert.equal(response.status, 422);
    const { error } = (await response.json()) as { error: { code: string; fields: { path: unknown }[] } };
    assert.equal(error.code, "invalid");
    const paths = JSON.stringify(error.fields.map((field) => field.path));
    assert.match(paths, /region/);
    assert.match(paths, /nodePool/);
    assert.equal(await api.world.store.get(clusterPath(ID)), undefined);
  });

  it("takes networks of the host projects that the control plane allows, and of no others", async () => {
    const api = await apiRig({ sharedNetworkProjects: ["acme-host"] });
    const on = (host: string) => {
      const existing = { network: `projects/${host}/global/networks/main`, subnetwork: "nodes" };
      return quickstart({ network: { nodes: "10.10.0.0/20", existing } });
    };
    const refused = await api.call("PUT", PATH, on("other-host"));
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /add other-host to CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS/);
    assert.equal(await api.world.store.get(clusterPath(ID)), undefined);
    assert.equal((await api.call("PUT", PATH, on("acme-host"))).status, 201);
    await api.look();
    assert.equal((await api.world.status()).generation, 1, "and so does the pass");
  });

  it("refuses a change that cannot be made, with the field", async () => {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const response = await api.call("PUT", PATH, quickstart({ project: "other-project" }));
    assert.equal(response.status, 422);
    assert.match(await response.text(), /project/);
    assert.deepEqual((await api.world.store.get(clusterPath(ID)))?.data, quickstart());
  });

  it("answers 400 to bodies that are no document, and 413 to one that is too large (fault 10)", async () => {
    const api = await apiRig();
    for (const body of ["", "{", "null", "7", "[]", "{}", '{"spec":'])
      assert.equal((await api.call("PUT", PATH, body)).status, 400, body);
    const large = await api.call("PUT", PATH, { spec: { filler: "x".repeat(DOCUMENT_BYTES_MAX) } });
    assert.equal(large.status, 413);
    assert.match(await message(large), new RegExp(String(DOCUMENT_BYTES_MAX)));
    assert.equal(await api.world.store.get(clusterPath(ID)), undefined);
  });

  it("answers 400 to names that are none, and 404 to a cluster that is not there", async () => {
    const api = await apiRig();
    assert.equal((await api.call("GET", "/v1/clusters/a%2Fb")).status, 400);
    assert.equal((await api.call("GET", "/v1/clusters/__proto__")).status, 400);
    for (const method of ["GET", "DELETE"]) assert.equal((await api.call(method, PATH)).status, 404, method);
    const nothing = await api.call("GET", "/v2/clusters");
    assert.equal(nothing.status, 404);
    assert.match(await message(nothing), /\/v1\/clusters/);
  });

  it("shows a status without the control plane's own bookkeeping", async () => {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const { status } = (await (await api.call("GET", PATH)).json()) as { status: Record<string, unknown> };
    assert.equal(status["phase"], "Provisioning");
    for (const own of ["lease", "accepted", "seenHash", "specHash", "attempts"])
      assert.ok(!(own in status), own);
  });

  it("lists by pages, each once", async () => {
    const api = await apiRig();
    const names = ["alpha", "beta", "gamma"];
    for (const name of names) await api.call("PUT", `/v1/clusters/${name}`, quickstart({ name }));
    interface Answer {
      readonly clusters: readonly { readonly id: string }[];
      readonly nextPage?: string;
    }
    const first = (await (await api.call("GET", "/v1/clusters?limit=2")).json()) as Answer;
    const rest = (await (
      await api.call("GET", `/v1/clusters?limit=2&page=${encodeURIComponent(first.nextPage ?? "")}`)
    ).json()) as Answer;
    assert.deepEqual(
      [...first.clusters, ...rest.clusters].map((one) => one.id),
      names,
    );
    assert.equal(rest.nextPage, undefined);
    for (const limit of ["0", "-1", "many", "100000"])
      assert.equal((await api.call("GET", `/v1/clusters?limit=${limit}`)).status, 200, limit);
    assert.equal((await api.call("GET", "/v1/clusters?page=forged")).status, 400);
  });

  describe("DELETE", () => {
    it("writes a tombstone with the uid and who asked, and never the deletion itself (S14)", async () => {
      const api = await apiRig();
      await api.call("PUT", PATH, quickstart());
      await api.look();
      const { uid } = await api.world.status();
      const response = await api.call("DELETE", `${PATH}?uid=${uid}`);
      assert.equal(response.status, 202);
      const requestedAt = new Date(api.world.clock.nowMs()).toISOString();
      assert.deepEqual((await api.world.store.get(clusterPath(ID)))?.data, {
        ...quickstart(),
        deletion: { uid, requestedAt, requestedBy: OPERATOR },
      });
      await api.look();
      assert.equal((await api.call("DELETE", PATH)).status, 202, "a repeat is harmless");
      assert.equal((await api.call("PUT", PATH, quickstart())).status, 409, "there is no way back");
    });

    it("refuses another uid: a cluster of that name is not the one that was meant (S14)", async () => {
      const api = await apiRig();
      await api.call("PUT", PATH, quickstart());
      await api.look();
      const response = await api.call("DELETE", `${PATH}?uid=zzz999`);
      assert.equal(response.status, 409);
      assert.match(await message(response), /another cluster/);
      assert.deepEqual((await api.world.store.get(clusterPath(ID)))?.data, quickstart());
    });

    it("refuses a protected cluster and says how to go on", async () => {
      const api = await apiRig();
      await api.call("PUT", PATH, quickstart({ deletionProtection: true }));
      await api.look();
      const response = await api.call("DELETE", PATH);
      assert.equal(response.status, 409);
      assert.match(await message(response), /deletionProtection: false/);
    });

    it("asks to come back when nothing has looked at the document yet: a tombstone needs the uid", async () => {
      const api = await apiRig();
      await api.call("PUT", PATH, quickstart());
      const response = await api.call("DELETE", PATH);
      assert.deepEqual([response.status, response.headers.get("Retry-After")], [503, "5"]);
      assert.deepEqual((await api.world.store.get(clusterPath(ID)))?.data, quickstart());
      assert.equal(await api.world.store.get(statusPath(ID)), undefined);
    });
  });
});
