/** The whole as deployed: documents in Firestore become clusters, and clusters become nothing again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type ApiClient, ApiError, type ClusterView, createApiClient } from "../../cli/api-client.ts";
import { findFirestoreJar } from "../../simulation/firestore-emulator.ts";
import { clusterSight } from "../support/cluster-sight.ts";
import { EMULATOR_START_MS } from "../support/firestore-emulator.ts";
import { leaveOut } from "../support/leave-out.ts";
import {
  CLUSTERS_PROJECT,
  COMMANDER,
  type Deployment,
  INVOKER,
  OPERATOR,
  startDeployment,
} from "./deployment.ts";
import { EXAMPLES, type ExampleName, examplesSideBySide, POOLS } from "./edits/examples.ts";
import { makeGoldenImage } from "./edits/golden-image.ts";
import { editedTogether, showAll } from "./edits/table.ts";

/** Far above what a loaded machine of two cores needs: a pass that is killed holds its cluster for LEASE_MS, a minute. */
const STEP_MS_MAX = 480_000;
const LOOK_MS = 250;
const RETRY_AFTER_MS = 3_000;

describe("the control plane as deployed", function () {
  this.timeout(STEP_MS_MAX + 20_000);
  let deployment: Deployment;
  let api: ApiClient;
  let folder: string;
  let golden: string;
  let documents: ReturnType<typeof examplesSideBySide>;

  before(async function () {
    this.timeout(EMULATOR_START_MS);
    const jar = findFirestoreJar();
    if (jar === undefined)
      leaveOut(this, "no Firestore emulator or no Java: gcloud components install cloud-firestore-emulator");
    folder = mkdtempSync(join(tmpdir(), "clusterwright-functions-"));
    deployment = await startDeployment(jar, folder);
    const { urls, cloud } = deployment;
    documents = examplesSideBySide(cloud);
    golden = await makeGoldenImage(cloud.cloud, CLUSTERS_PROJECT);
    api = patient(createApiClient({ url: urls.api, token: await deployment.token(OPERATOR, urls.api) }));
  });
  after(async () => {
    await deployment?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Looks at the cluster until `holds`. @throws Error with its conditions and what the functions last said */
  const until = async (id: string, what: string, holds: (cluster: ClusterView | undefined) => boolean) => {
    let cluster: ClusterView | undefined;
    const giveUpMs = performance.now() + STEP_MS_MAX;
    while (performance.now() < giveUpMs) {
      cluster = await api.get(id);
      if (holds(cluster)) return cluster;
      await setTimeout(LOOK_MS);
    }
    const said = deployment.log.slice(-20).join("\n");
    throw new Error(`${id} is not ${what}: ${JSON.stringify(cluster?.status, undefined, 1)}\n${said}`);
  };
  const isReady = (generation: number) => (cluster: ClusterView | undefined) =>
    cluster?.status?.phase === "Ready" && cluster.status.readyGeneration === generation;
  const sightOf = (id: ExampleName) =>
    clusterSight({
      cloud: deployment.cloud.cloud,
      project: CLUSTERS_PROJECT,
      id,
      status: async () => (await api.get(id))?.status ?? assert.fail(`${id} has no status`),
      pause: () => setTimeout(LOOK_MS),
    });
  const inventory = () =>
    deployment.cloud.cloud.compute.inventory(CLUSTERS_PROJECT).map((entry) => entry.path);

  it("brings every example to Ready, side by side, though its functions were killed in the middle of it", async () => {
    for (const id of EXAMPLES) await api.put(id, documents[id]);
    await until("quickstart", "taken in", (found) => found?.status?.generation === 1);
    await deployment.restartFunctions(EXAMPLES);
    const nodes = await Promise.all(
      EXAMPLES.map(async (id) => (await until(id, "Ready", isReady(1)))?.status?.nodes),
    );
    assert.deepEqual(
      nodes.map((counted) => [counted?.desired, counted?.ready, counted?.total]),
      [4, 12, 6, 13].map((count) => [count, count, count]),
    );
  });

  it("refuses callers that are not its own, and writes nothing for them", async () => {
    const { urls, token } = deployment;
    const before = await api.get("quickstart");
    const stranger = "stranger@elsewhere.example";
    const calls: readonly (readonly [url: string, bearer: string, status: number])[] = [
      [urls.reconcile, "", 401],
      [urls.reconcile, await token(INVOKER, urls.sweep), 401],
      [urls.reconcile, await token(OPERATOR, urls.reconcile), 403],
      [urls.sweep, await token(stranger, urls.sweep), 403],
      [urls.maintenance, await token(INVOKER, urls.maintenance), 403],
      [urls.join, await token(stranger, urls.join), 401],
      [urls.machineEvent, await token(INVOKER, urls.machineEvent), 403],
      [urls.machineEvent, await token(INVOKER, urls.sweep), 401],
      [`${urls.api}/v1/clusters`, await token(stranger, urls.api), 403],
      [`${urls.api}/v1/clusters`, "forged.forged.forged", 401],
    ];
    for (const [url, bearer, status] of calls) {
      const response = await fetch(url, {
        method: "POST",
        headers: { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" },
        body: JSON.stringify({ clusterId: "quickstart", cause: "forged" }),
      });
      assert.equal(response.status, status, `${url} with ${bearer.slice(0, 20)}`);
      const { error } = (await response.json()) as { error: { message: string } };
      assert.doesNotMatch(error.message, /at .*\(|node_modules/);
    }
    assert.equal((await api.get("quickstart"))?.version, before?.version);
  });

  it("hears within moments that a machine's host has failed, by Pub/Sub's push", async () => {
    const { compute } = deployment.cloud.cloud;
    const uid = (await api.get("quickstart"))?.status?.uid ?? "";
    const [machine] = [...compute.machines(CLUSTERS_PROJECT)].filter(({ name }) =>
      name.startsWith(`quickstart-${uid}-n-`),
    );
    compute.hostError(machine?.path ?? "");
    const lines = async () => (await api.events("quickstart", 20)).flatMap((record) => record.lines);
    const giveUpMs = performance.now() + STEP_MS_MAX;
    while (!(await lines()).some(({ verb, key }) => verb === "incident" && key === machine?.path)) {
      if (performance.now() > giveUpMs) assert.fail(deployment.log.slice(-20).join("\n"));
      await setTimeout(LOOK_MS);
    }
  });

  it("takes a command that Pub/Sub pushes, and tells over the API what came of it", async () => {
    const { urls, token } = deployment;
    const [node] = (await sightOf("quickstart").nodesOf("general")).map(({ metadata }) =>
      String(metadata.name),
    );
    assert(node !== undefined);
    const plan = await api.planCommand("quickstart", { command: "drain", node });
    assert.match(plan[0] ?? "", new RegExp(`^Node ${node} is cordoned and its pods are evicted`));
    const data = Buffer.from(JSON.stringify({ command: "drain", cluster: "quickstart", node })).toString(
      "base64",
    );
    const response = await fetch(urls.maintenance, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${await token(COMMANDER, urls.maintenance)}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ message: { data, messageId: "1" }, subscription: "projects/p/subscriptions/s" }),
    });
    const { operation = assert.fail("no operation") } = (await response.json()) as { operation?: string };
    const ended = async (id: string): Promise<string> => {
      for (const giveUpMs = performance.now() + STEP_MS_MAX; performance.now() < giveUpMs; ) {
        const { result, message } = await api.operation("quickstart", id);
        if (result !== "running") return message;
        await setTimeout(LOOK_MS);
      }
      throw new Error(`operation ${id} is not done\n${deployment.log.slice(-20).join("\n")}`);
    };
    assert.equal(await ended(operation), `node ${node} is drained; it stays cordoned until it is uncordoned`);
    const back = await api.command("quickstart", { command: "uncordon", node });
    assert.equal(await ended(back.id), `node ${node} takes pods`);
  });

  it("carries out an edit of every mutable field at once, on every example, side by side", async () => {
    await Promise.all(
      EXAMPLES.map(async (id) => {
        const edited = editedTogether(documents[id], POOLS[id]);
        documents[id] = edited.document;
        await api.put(id, edited.document);
        await until(id, "Ready with every field edited", isReady(2));
        await showAll(sightOf(id), edited);
      }),
    );
  });

  it("carries out an edit while others are deleted, and deletes all to nothing", async () => {
    const goes = async (id: ExampleName) => {
      await api.delete(id);
      await until(id, "gone", (cluster) => cluster === undefined);
    };
    for (const id of EXAMPLES) documents[id].deletionProtection = false;
    const others = EXAMPLES.filter((id) => id !== "quickstart").map(async (id) => {
      await api.put(id, documents[id]);
      await until(id, "without its protection", (found) => found?.status?.generation === 3);
      await goes(id);
    });
    const { nodePools } = documents.quickstart;
    const before = (await api.get("quickstart"))?.status?.nodes.desired ?? 0;
    nodePools[0].size += 1;
    await api.put("quickstart", documents.quickstart);
    const [cluster] = await Promise.all([until("quickstart", "Ready with the edit", isReady(3)), ...others]);
    assert.deepEqual(cluster?.status?.nodes, { desired: before + 1, ready: before + 1, total: before + 1 });
    await goes("quickstart");
    assert.deepEqual(inventory(), [golden]);
    assert.deepEqual(deployment.cloud.cloud.secrets.inProject(CLUSTERS_PROJECT), []);
    assert.deepEqual(await api.list(), []);
  });
});

/** Tries again what is answered 503, as that answer says: the locks of a process that was killed are held for a minute. */
function patient(api: ApiClient): ApiClient {
  const trying = async <T>(call: () => Promise<T>): Promise<T> => {
    const giveUpMs = performance.now() + STEP_MS_MAX;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 503 || performance.now() > giveUpMs) throw error;
        await setTimeout(RETRY_AFTER_MS);
      }
    }
  };
  return {
    ...api,
    get: (...given) => trying(() => api.get(...given)),
    put: (...given) => trying(() => api.put(...given)),
    delete: (...given) => trying(() => api.delete(...given)),
    operation: (...given) => trying(() => api.operation(...given)),
  };
}
