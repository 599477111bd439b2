/**
 * Makes the reference from the schemas: JSON Schema for editors and a page of all fields for people, in docs/reference.
 * `node tools/reference.ts` writes them, `node tools/reference.ts --check` exits 1 when they are stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { changeOf } from "../shared/spec/change.ts";
import { clusterSchema } from "../shared/spec/cluster.ts";
import { clusterDocumentSchema } from "../shared/status/cluster-document.ts";
import { clusterStatusSchema } from "../shared/status/cluster-status.ts";
import { commandSchema } from "../shared/status/command.ts";
import { disruptionRecordSchema } from "../shared/status/disruption.ts";
import { eventRecordSchema } from "../shared/status/event-record.ts";
import { operationRecordSchema } from "../shared/status/operation-record.ts";
import { REASONS, runbookOf } from "../shared/status/reasons.ts";
import { type JsonSchema, jsonSchema } from "./reference/json-schema.ts";
import { NOTE, renderPage } from "./reference/page.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "docs", "reference");

const CLUSTER_OPENING = `What a person writes: a YAML file for \`clusterwright apply\`, or the field \`spec\` of \`clusters/{id}\`. Only \`engine\`, \`region\`, \`project\`, \`name\` and one node pool must be said; unknown fields are errors.

Editors that know JSON Schema complete and check a file that begins with this line:

\`\`\`yaml
# yaml-language-server: $schema=cluster.schema.json
\`\`\`

The column *Can it change* says what happens to a cluster that exists. What the schema accepts and this version does not do yet is refused as "not supported yet", never ignored. More about \`network.existing\`: [a network of your own](../guides/your-own-network.md).`;

const STATUS_OPENING =
  "What the control plane writes: read it, do not edit it. [Reasons of conditions](reasons.md).";

const COMMAND_OPENING = `What a message on the topic \`clusterwright-commands\` holds, as JSON in its data or as attributes, and the body of \`POST /v1/clusters/{id}/commands\` ([guide](../guides/maintenance.md)). Its JSON Schema: [command.schema.json](command.schema.json).

| Command | Takes | Does |
|---|---|---|
| \`upgrade\` | \`value\`, a Kubernetes version | edits \`kubernetes.version\` of the document |
| \`resize\` | \`pool\`, \`value\` | edits the \`size\` of the pool |
| \`repair\`, \`rotate-machine\` | \`node\` | replaces the machine, drained first |
| \`drain\` | \`node\` | cordons and evicts; the node stays cordoned |
| \`cordon\`, \`uncordon\` | \`node\` | keeps new pods from it, and lets it take them again |
| \`restart\` | \`node\` | drains it, resets its machine, uncordons it |
| \`pause\`, \`resume\` | \`pool\` or the cluster, how long as \`value\` | nothing of it is disturbed meanwhile |
| \`backup\` | | takes a snapshot of each of etcd's disks |
| \`verify\` | | looks, and records what it saw |`;

const REASONS_OPENING = `The field \`reason\` of a condition, for programs; its \`message\` says the same in a sentence. Those with a link have a [runbook](../runbooks/README.md). A status of another version may hold others.`;

function reasonsPage(): string {
  const rows = Object.entries(REASONS).map(([reason, { means }]) => {
    const runbook = runbookOf(reason);
    const name =
      runbook === undefined ? `\`${reason}\`` : `[\`${reason}\`](../${runbook.slice("docs/".length)})`;
    return `| ${name} | ${means} |`;
  });
  return `${["# Reasons", NOTE, REASONS_OPENING, ["| Reason | Meaning |", "| --- | --- |", ...rows].join("\n")].join("\n\n")}\n`;
}

/** File name to content. Pure, so that a test and `--check` can compare. */
export function referenceFiles(): Readonly<Record<string, string>> {
  const cluster = jsonSchema(clusterSchema, "Clusterwright cluster spec");
  const documents: readonly (readonly [string, JsonSchema])[] = [
    ["clusters/{id}", jsonSchema(clusterDocumentSchema, "clusters/{id}")],
    ["clusters/{id}/status/current", jsonSchema(clusterStatusSchema, "Clusterwright cluster status")],
    ["clusters/{id}/operations/{operation}", jsonSchema(operationRecordSchema, "Operation")],
    ["clusters/{id}/disruptions/{node}", jsonSchema(disruptionRecordSchema, "Disruption")],
    ["clusters/{id}/events/{event}", jsonSchema(eventRecordSchema, "Event")],
  ];
  const command = jsonSchema(commandSchema, "Clusterwright command");
  return {
    "command.schema.json": `${JSON.stringify(command, null, 2)}\n`,
    "command.md": renderPage("Commands", COMMAND_OPENING, [["Fields", command]]),
    "reasons.md": reasonsPage(),
    "cluster.schema.json": `${JSON.stringify(cluster, null, 2)}\n`,
    "status.schema.json": `${JSON.stringify(documents[1]?.[1], null, 2)}\n`,
    "cluster.md": renderPage("The cluster spec", CLUSTER_OPENING, [["", cluster]], changeOf),
    "status.md": renderPage("Status, operations, disruptions and events", STATUS_OPENING, documents),
  };
}

/** Names of the files that are not what the schemas make. */
export function staleFiles(readStored: (name: string) => string | undefined): string[] {
  return Object.entries(referenceFiles()).flatMap(([name, content]) =>
    readStored(name) === content ? [] : [name],
  );
}
function read(name: string): string | undefined {
  try {
    return readFileSync(join(FOLDER, name), "utf8");
  } catch {
    return undefined;
  }
}

function main(args: readonly string[]): number {
  if (!args.includes("--check")) {
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, content] of Object.entries(referenceFiles()))
      writeFileSync(join(FOLDER, name), content);
    return 0;
  }
  const stale = staleFiles(read);
  if (stale.length === 0) return 0;
  console.error(`docs/reference is stale: ${stale.join(", ")}. Run: node tools/reference.ts`);
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
