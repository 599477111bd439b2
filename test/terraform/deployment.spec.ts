/** What Terraform deploys is what the code expects. Its provider cannot be had everywhere, so the files are read as text. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "../../functions/settings.ts";
import { ACCOUNT_IDS } from "../../shared/resources/gce/service-accounts.ts";
import { findCommand, run } from "../support/command.ts";
import { temporaryFolders } from "../support/folder.ts";
import { leaveOut } from "../support/leave-out.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const all = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found ?? "").toSorted();

interface Override {
  readonly collectionGroup: string;
  readonly fieldPath: string;
  readonly ttl?: boolean;
  readonly indexes: readonly unknown[];
}
const { fieldOverrides } = JSON.parse(read("firestore.indexes.json")) as {
  fieldOverrides: readonly Override[];
};

describe("terraform", () => {
  const folder = temporaryFolders();

  it("gives the functions exactly the variables that they read", () => {
    const given = all(read("terraform/modules/environment/main.tf"), /^ {4}([A-Z_]+)\s+= /gm);
    const wanted = all(read("functions/settings.ts"), /^ {2}([A-Z_]+): /gm);
    // Only a local cloud has it.
    assert.deepEqual(
      given,
      wanted.filter((name) => name !== "CLUSTERWRIGHT_CLOUD"),
    );
    const missing = () => readSettings({});
    const optional = ["FIRESTORE_DATABASE", "CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS"];
    for (const name of given.filter((one) => !optional.includes(one)))
      assert.throws(missing, new RegExp(name));
  });

  it("tells Node of every function what node-environment.json says, and less heap than it has memory", () => {
    const functions = read("terraform/functions.tf");
    const environment = all(functions, /^\s+environment_variables\s+= (.+)$/gm);
    assert.deepEqual(environment, ["local.environment", "local.environment"]);
    assert.match(
      functions,
      /environment = merge\(.+functions\/node-environment\.json.+module\.environment\.variables\)/,
    );
    const { NODE_OPTIONS } = JSON.parse(read("functions/node-environment.json")) as { NODE_OPTIONS: string };
    const [, heapMb] = /--max-old-space-size=(\d+)/.exec(NODE_OPTIONS) ?? [];
    const [, memoryMb] = /memory = "(\d+)Mi"/.exec(functions) ?? [];
    assert.ok(Number(heapMb) < Number(memoryMb));
  });

  it("deploys every function that is registered, under its own name", () => {
    const registered = all(read("functions/index.ts"), /^(?:cloudEvent|http)\(\s*"([^"]+)"/gm);
    const list = /for entry in \[([^\]]+)\]/.exec(read("terraform/modules/environment/main.tf"))?.[1] ?? "";
    assert.deepEqual(all(list, /"([^"]+)"/g), registered);
    const accounts = /function_accounts = \{([^}]+)\}/.exec(read("terraform/accounts.tf"))?.[1] ?? "";
    assert.deepEqual(all(accounts, /^\s+([\w-]+)\s+=/gm), registered);
    const http = /http_functions = \{([\s\S]+?)\n {2}\}/.exec(read("terraform/functions.tf"))?.[1] ?? "";
    assert.deepEqual(
      all(http, /^\s+([\w-]+)\s+= \{/gm),
      registered.filter((name) => name !== "cluster-written"),
    );
  });

  it("hears of machines by a sink in every cluster project, a topic, and a push with a token of its own account", () => {
    const root = read("terraform/machine-events.tf");
    const filter = [
      'log_id(\\"cloudaudit.googleapis.com/system_event\\")',
      'resource.type=\\"gce_instance\\"',
      'protoPayload.serviceName=\\"compute.googleapis.com\\"',
      'protoPayload.methodName=~\\"^compute\\\\.instances\\\\.\\"',
    ];
    for (const term of filter) assert.ok(root.includes(`"${term}",`), term);
    const sink = read("terraform/modules/cluster-project/machine-events.tf");
    assert.match(sink, /unique_writer_identity = true/);
    assert.match(root, /"sinks" \{[^}]*roles\/pubsub\.publisher[^}]*sink_writer/);
    const push = /push_config \{[\s\S]*?\n {2}\}/.exec(root)?.[0] ?? "";
    assert.match(push, /service_account_email = google_service_account\.pusher\.email/);
    assert.match(push, /audience +=.*urls\["machine-event"\]/);
    assert.match(root, /dead_letter_topic +=/);
    // What is pushed in Pub/Sub's name needs nothing but tokens; the function reads machines and writes inboxes.
    assert.doesNotMatch(root, /google_project_iam_member/);
    assert.match(sink, /permissions = \["compute\.instances\.get"\]/);
    assert.doesNotMatch(read("terraform/accounts.tf"), /passing = [^\n]*machine-event/);
  });

  it("makes the accounts that the engine lets machines run as", () => {
    const machines =
      /machines = \{([^}]+)\}/.exec(read("terraform/modules/cluster-project/machines.tf"))?.[1] ?? "";
    assert.deepEqual(all(machines, /^\s+([\w-]+)\s+=/gm), Object.values(ACCOUNT_IDS).toSorted());
  });

  it("lets the documents with an expiry expire, and exempts no field that the code orders by", () => {
    const expiring = fieldOverrides.filter((override) => override.ttl === true);
    assert.deepEqual(
      expiring.map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`),
      ["disruptions.expireAt", "events.expireAt", "joins.expireAt", "operations.expireAt"],
    );
    const asked = ["events.atMs", "operations.startedMs", "status.wakeAtMs"];
    for (const { collectionGroup, fieldPath, indexes } of fieldOverrides) {
      if (indexes.length === 0) assert.ok(!asked.includes(`${collectionGroup}.${fieldPath}`));
    }
    assert.match(read("terraform/database.tf"), /firestore\.indexes\.json/);
  });

  it("gives a reason beside every role and bounds every custom permission by name", () => {
    const folders = ["terraform", "terraform/modules/cluster-project", "terraform/modules/network-host"];
    const files = folders.flatMap((at) =>
      readdirSync(join(ROOT, at))
        .filter((name) => name.endsWith(".tf"))
        .map((name) => `${at}/${name}`),
    );
    const text = files.map(read).join("\n");
    assert.doesNotMatch(text, /roles\/(owner|editor|viewer)"|google_service_account_key|"[a-z]+\.\*"/);
    for (const file of files) assert.match(read(file).split("\n")[0] ?? "", /^# .+/, file);
  });

  it("is formatted, and its module without a provider is valid and passes its tests", function () {
    this.timeout(60_000);
    const terraform = findCommand("terraform");
    if (terraform === undefined)
      leaveOut(this, "terraform is not installed: https://developer.hashicorp.com/terraform/install");
    const env = { TF_DATA_DIR: folder(), CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
    const expect = (...args: readonly string[]) => {
      const { status, output } = run(terraform, args, { env });
      assert.equal(status, 0, `terraform ${args.join(" ")}: ${output}`);
    };
    expect("fmt", "-check", "-recursive", join(ROOT, "terraform"));
    const module = `-chdir=${join(ROOT, "terraform/modules/environment")}`;
    expect(module, "init", "-backend=false", "-input=false");
    expect(module, "validate");
    expect(module, "test");
  });
});
