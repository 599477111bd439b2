/** Google's client drops fields that it does not know without a word: every action must be one that it can send. */
import assert from "node:assert/strict";
import { createComputeClients } from "../../../../shared/adapters/google/compute-clients.ts";
import { checkSendable } from "../../../../shared/adapters/google/compute-json.ts";
import { serviceFor } from "../../../../shared/adapters/google/compute-services.ts";
import type { ComputeAction } from "../../../../shared/resources/gce/action.ts";
import { clusterOf, HA, QUICKSTART } from "./clusters.ts";
import { converge, decide } from "./passes.ts";
import { createSmallCloud } from "./small-cloud.ts";

const GPU = {
  name: "gpu",
  machineType: "n1-standard-4",
  accelerators: [{ type: "nvidia-tesla-t4", count: 1 }],
  spot: true,
};
const DOCUMENTS = [
  QUICKSTART,
  {
    ...HA,
    network: { plugin: "alias-ip", nodesPrivate: false, api: { access: "private" } },
    nodePools: [GPU],
  },
];
/** Identity and ownership are not drift. */
const KEPT = ["kind", "id", "selfLink", "name", "description", "creationTimestamp", "address", "status"];

/** What creating, mending each field and deleting lead to. */
async function everyAction(document: Readonly<Record<string, unknown>>): Promise<readonly ComputeAction[]> {
  const cloud = createSmallCloud();
  const cluster = clusterOf(document);
  const made = (await converge(cloud, cluster)).flatMap(({ actions }) => actions);
  const mended: ComputeAction[] = [];
  for (const [path, body] of [...cloud.resources]) {
    for (const field of Object.keys(body).filter((name) => !KEPT.includes(name))) {
      cloud.resources.set(path, { ...body, [field]: undefined });
      const { actions } = await decide(cloud, { ...cluster, pins: { ...cluster.pins, initialised: true } });
      mended.push(...actions);
    }
    cloud.resources.set(path, body);
  }
  const deleted = (await converge(cloud, { ...cluster, deleting: true })).flatMap(({ actions }) => actions);
  return [...made, ...mended, ...deleted];
}

describe("Google's client", () => {
  it("can send every action, field by field", async () => {
    const clients = createComputeClients({ endpoint: "http://127.0.0.1:1" });
    const verbs = new Set<string>();
    try {
      for (const action of (await Promise.all(DOCUMENTS.map(everyAction))).flat()) {
        const method = action.verb.slice(action.verb.indexOf(".") + 1);
        const shape = await clients.shape(serviceFor(action.ref.kind, action.ref.scope), method);
        assert(shape !== undefined, `${action.verb} ${action.key} is no method`);
        const body = "body" in action ? action.body : {};
        const field = shape.bodyField === undefined ? undefined : shape.requestType.fields[shape.bodyField];
        const type = field?.resolve().resolvedType ?? shape.requestType;
        if ("fields" in type) checkSendable(type, body, action.key, { patch: method === "patch" });
        verbs.add(`${action.ref.kind}.${method}`);
      }
    } finally {
      await clients.close();
    }
    for (const kind of ["routers", "backendServices", "instanceGroupManagers"])
      assert(verbs.has(`${kind}.patch`), kind);
  }).timeout(30_000);
});
