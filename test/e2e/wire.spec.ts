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
import { promisify } from "node:util";
import { type ApiClient, type ClusterView, createApiClient } from "../../cli/api-client.ts";
import { type Embedded, startEmbedded } from "../../cli/embedded/control-plane.ts";
import { DEMO_PROJECT, loopbackTwin, startSimulatedCloud } from "../../cli/wiring.ts";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { renderKubeconfig } from "../../shared/bootstrap/kubeconfig.ts";
import { createRequest } from "../../shared/bootstrap/sign-request.ts";
import type { Log } from "../../shared/ports/log.ts";
import { exampleDocument } from "../support/specs.ts";

const SPEED = 60;
const POLL_MS = 250;
const READY_MS = 80_000;
const GONE_MS = 70_000;

// biome-ignore lint/suspicious/noExplicitAny: documents are edited as a person edits YAML.
type Draft = any;
interface Edit {
  readonly what: string;
  edit(draft: Draft): void;
  /** What of the cloud shows it. */
  shows(resources: readonly { readonly collection: string; readonly body: Draft }[]): boolean;
}
const EDITS: Readonly<Record<string, Edit>> = {
  quickstart: {
    what: "a machine more",
    edit: (draft) => {
      draft.nodePools[0].size = 3;
    },
    shows: (resources) =>
      resources.some(
        ({ collection, body }) => collection === "instanceGroupManagers" && body.targetSize === 3,
      ),
  },
  ha: {
    what: "other people at the API",
    edit: (draft) => {
      draft.network.api.allowedFrom = ["198.51.100.0/24"];
    },
    shows: (resources) =>
      resources.some(
        ({ body }) => body.name.endsWith("-api-admins") && body.sourceRanges.join() === "198.51.100.0/24",
      ),
  },
  private: {
    what: "larger disks for etcd",
    edit: (draft) => {
      draft.controlPlane.etcd = { sizeGb: 64 };
    },
    shows: (resources) =>
      resources.filter(({ collection, body }) => collection === "disks" && body.sizeGb === "64").length === 3,
  },
  "every-os": {
    what: "snapshots once a day",
    edit: (draft) => {
      draft.controlPlane.etcd = { backup: { every: "1d" } };
    },
    shows: (resources) =>
      resources
        .filter(({ collection }) => collection === "resourcePolicies")
        .map(({ body }) => body.name.endsWith("-daily"))
        .join() === "true",
  },
};
const NAMES = Object.keys(EDITS);

describe("the examples over the wire, with the official clients", function () {
  this.timeout(READY_MS + 5_000);
  const complaints: string[] = [];
  const log: Log = (level, message, fields) => {
    if (level === "error") complaints.push(`${message} ${JSON.stringify(fields)}`);
  };
  let cloud: Awaited<ReturnType<typeof startSimulatedCloud>>;
  let embedded: Embedded;
  let api: ApiClient;
  // One for all of the tests: the control plane lives through them.
  const folder = mkdtempSync(join(tmpdir(), "clusterwright-wire-"));
  const documents = new Map<string, Draft>();

  before(async () => {
    cloud = await startSimulatedCloud({ speed: SPEED, log });
    const data = join(folder, "data");
    embedded = await startEmbedded({ data, port: 0, cloud: cloud.url, resolve: loopbackTwin, log });
    api = createApiClient(embedded.address);
  });
  after(async () => {
    await embedded?.stop();
    await cloud?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const until = async (
    name: string,
    limitMs: number,
    done: (view: ClusterView | undefined) => boolean,
  ): Promise<void> => {
    const endMs = Date.now() + limitMs;
    for (let view = await api.get(name); !done(view); view = await api.get(name)) {
      if (Date.now() > endMs)
        assert.fail(
          `${name} after ${limitMs / 1000} s: ${JSON.stringify(view?.status, null, 1)}\n${complaints.join("\n")}`,
        );
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  const settled = (generation: number) => (view: ClusterView | undefined) =>
    view?.status?.phase === "Ready" && view.status.generation === generation;
  const resourcesOf = (name: string) =>
    cloud.cloud.compute
      .inventory(DEMO_PROJECT)
      .filter(({ body }) => new RegExp(`^${name}-[a-z0-9]{6}-`).test(String(body["name"])));

  it("reach Ready, all four at once", async () => {
    await Promise.all(
      NAMES.map(async (name) => {
        documents.set(name, { ...exampleDocument(name), deletionProtection: false });
        await api.put(name, documents.get(name));
        await until(name, READY_MS, settled(1));
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

  it("follow an edit each, and are Ready again", async () => {
    await Promise.all(
      NAMES.map(async (name) => {
        const draft = structuredClone(documents.get(name));
        EDITS[name]?.edit(draft);
        documents.set(name, draft);
        await api.put(name, draft);
        await until(name, READY_MS, settled(2));
        assert.ok(EDITS[name]?.shows(resourcesOf(name)), `${name}: ${EDITS[name]?.what}`);
        const bad = (await api.get(name))?.status?.conditions.filter(({ status }) => status !== "True");
        assert.deepEqual(bad, []);
      }),
    );
  });

  it("are deleted to nothing, at the same time", async () => {
    await Promise.all(
      NAMES.map(async (name) => {
        await api.delete(name);
        await until(name, GONE_MS, (view) => view === undefined);
      }),
    );
    assert.deepEqual(
      cloud.cloud.compute.inventory(DEMO_PROJECT).map(({ path }) => path),
      [],
    );
    assert.deepEqual(cloud.cloud.secrets.inProject(DEMO_PROJECT), []);
  });

  it("leave no error in the control plane's log", () => assert.deepEqual(complaints, []));
});
