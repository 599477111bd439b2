/**
 * The examples over the wire: an embedded control plane with Google's own clients, against the simulated cloud's servers.
 * The clusters live in one control plane at the same time, as they would in earnest.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { type ApiClient, type ClusterView, createApiClient } from "../../cli/api-client.ts";
import { type Embedded, startEmbedded } from "../../cli/embedded/control-plane.ts";
import { DEMO_PROJECT, loopbackTwin, startSimulatedCloud } from "../../cli/wiring.ts";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { renderKubeconfig } from "../../shared/bootstrap/kubeconfig.ts";
import { createRequest } from "../../shared/bootstrap/sign-request.ts";
import type { Log } from "../../shared/ports/log.ts";
import { isFine } from "../../shared/status/condition.ts";
import { clusterSight } from "../support/cluster-sight.ts";
import { EXAMPLES, type ExampleName, examplesSideBySide, POOLS } from "./edits/examples.ts";
import { makeGoldenImage } from "./edits/golden-image.ts";
import { editedTogether, showAll } from "./edits/table.ts";

const SPEED = 60;
const POLL_MS = 250;
/** Far above what a loaded machine of two cores needs. */
const STEP_MS_MAX = 480_000;

describe("the examples over the wire, with the official clients", function () {
  this.timeout(STEP_MS_MAX + 20_000);
  const complaints: string[] = [];
  const log: Log = (level, message, fields) => {
    if (level === "error") complaints.push(`${message} ${JSON.stringify(fields)}`);
  };
  let cloud: Awaited<ReturnType<typeof startSimulatedCloud>>;
  let embedded: Embedded;
  let api: ApiClient;
  let golden: string;
  let documents: ReturnType<typeof examplesSideBySide>;
  // One for all of the tests: the control plane lives through them.
  const folder = mkdtempSync(join(tmpdir(), "clusterwright-wire-"));

  before(async () => {
    cloud = await startSimulatedCloud({ speed: SPEED, log });
    documents = examplesSideBySide(cloud);
    golden = await makeGoldenImage(cloud.cloud, DEMO_PROJECT);
    const data = join(folder, "data");
    embedded = await startEmbedded({ data, port: 0, cloud: cloud.url, resolve: loopbackTwin, log });
    api = createApiClient(embedded.address);
  });
  after(async () => {
    await embedded?.stop();
    await cloud?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const until = async (name: string, done: (view: ClusterView | undefined) => boolean): Promise<void> => {
    const endMs = Date.now() + STEP_MS_MAX;
    for (let view = await api.get(name); !done(view); view = await api.get(name)) {
      if (Date.now() > endMs)
        assert.fail(
          `${name} after ${STEP_MS_MAX / 1000} s: ${JSON.stringify(view?.status, null, 1)}\n${complaints.join("\n")}`,
        );
      await setTimeout(POLL_MS);
    }
  };
  const settled = (generation: number) => (view: ClusterView | undefined) =>
    view?.status?.phase === "Ready" && view.status.generation === generation;
  const sightOf = (id: ExampleName) =>
    clusterSight({
      cloud: cloud.cloud,
      project: DEMO_PROJECT,
      id,
      status: async () => (await api.get(id))?.status ?? assert.fail(`${id} has no status`),
      pause: () => setTimeout(POLL_MS),
    });

  it("reach Ready, all four at once", async () => {
    await Promise.all(
      EXAMPLES.map(async (name) => {
        await api.put(name, documents[name]);
        await until(name, settled(1));
        const status = (await api.get(name))?.status;
        assert.equal(status?.nodes.ready, status?.nodes.desired);
      }),
    );
  });

  it("show their nodes to kubectl", async function () {
    const found = await promisify(execFile)("kubectl", ["version", "--client"]).catch(() => undefined);
    if (found === undefined) {
      assert.notEqual(process.env["CLUSTERWRIGHT_REQUIRE_REAL_PARTS"], "1", "kubectl is required");
      console.warn("kubectl is not installed: the wire is tried without it");
      this.skip();
    }
    const { request, key } = await createRequest(createRealChance());
    const { certificate, ...server } = await api.certificate("ha", request);
    const file = join(folder, "kubeconfig");
    await writeFile(
      file,
      renderKubeconfig({ ...server, clientCertificate: certificate, clientKey: key }, "ha"),
    );
    const { stdout } = await promisify(execFile)("kubectl", [
      "--kubeconfig",
      file,
      "get",
      "nodes",
      "-o",
      "name",
    ]);
    const nodes = stdout.trim().split("\n");
    assert.equal(nodes.length, 12);
    assert.equal(nodes.filter((node) => /^node\/ha-[a-z0-9]{6}-cp-\d$/.test(node)).length, 3);
  });

  it("take an edit of every mutable field at once, each, and are Ready again", async () => {
    await Promise.all(
      EXAMPLES.map(async (name) => {
        const edited = editedTogether(documents[name], POOLS[name]);
        documents[name] = edited.document;
        await api.put(name, edited.document);
        await until(name, settled(2));
        const bad = (await api.get(name))?.status?.conditions.filter((condition) => !isFine(condition));
        assert.deepEqual(bad, []);
        await showAll(sightOf(name), edited);
      }),
    );
  });

  it("are deleted to nothing once nothing protects them, at the same time", async () => {
    await Promise.all(
      EXAMPLES.map(async (name) => {
        await assert.rejects(api.delete(name), /is protected: set deletionProtection: false/);
        await api.put(name, { ...documents[name], deletionProtection: false });
        await until(name, (view) => view?.status?.generation === 3);
        await api.delete(name);
        await until(name, (view) => view === undefined);
      }),
    );
    assert.deepEqual(
      cloud.cloud.compute.inventory(DEMO_PROJECT).map(({ path }) => path),
      [golden],
    );
    assert.deepEqual(cloud.cloud.secrets.inProject(DEMO_PROJECT), []);
  });

  it("leave no error in the control plane's log", () => assert.deepEqual(complaints, []));
});
