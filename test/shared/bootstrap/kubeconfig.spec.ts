import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { createClusterKeys, issueClientCertificate, readPki } from "../../../shared/bootstrap/keys.ts";
import { renderKubeconfig } from "../../../shared/bootstrap/kubeconfig.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { findCommand, run } from "../../support/command.ts";
import { leaveOut } from "../../support/leave-out.ts";

async function access() {
  const chance = createSeededChance(3);
  const pki = readPki((await createClusterKeys({ chance, nowMs: 0, clusterId: "c" })).secret);
  const client = await issueClientCertificate({
    chance,
    nowMs: 0,
    pki,
    commonName: "u",
    organizations: [],
    ttlMs: 3_600_000,
  });
  return {
    server: "https://127.3.4.5:6443",
    caCertificate: pki.caCertificate,
    clientCertificate: client.certificate,
    clientKey: client.key,
  };
}

describe("a kubeconfig", () => {
  it("carries the certificates as they are, under the cluster's name", async () => {
    const given = await access();
    const config = parse(renderKubeconfig(given, "checkout")) as {
      clusters: { cluster: Record<string, string> }[];
      users: { user: Record<string, string> }[];
    };
    const decode = (text: string | undefined) => Buffer.from(text ?? "", "base64").toString();
    assert.equal(config.clusters[0]?.cluster["server"], given.server);
    assert.equal(decode(config.clusters[0]?.cluster["certificate-authority-data"]), given.caCertificate);
    assert.equal(decode(config.users[0]?.user["client-certificate-data"]), given.clientCertificate);
    assert.equal(decode(config.users[0]?.user["client-key-data"]), given.clientKey);
  });

  it("is taken by kubectl, whatever the cluster is called", async function () {
    this.timeout(30_000);
    const kubectl = findCommand("kubectl");
    if (kubectl === undefined) leaveOut(this, "kubectl is not installed");
    const given = await access();
    const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    try {
      for (const name of ["checkout-prod", "yes", "1.36"]) {
        const path = join(folder, "config");
        writeFileSync(path, renderKubeconfig(given, name), { mode: 0o600 });
        const context = run(kubectl, ["--kubeconfig", path, "config", "current-context"]);
        assert.deepEqual(context, { status: 0, output: `${name}\n` });
        const view = run(kubectl, [
          "--kubeconfig",
          path,
          "config",
          "view",
          "--minify",
          "-o",
          "jsonpath={.clusters[0].cluster.server}",
        ]);
        assert.deepEqual(view, { status: 0, output: given.server });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
