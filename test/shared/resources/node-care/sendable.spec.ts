/** Google's client drops fields that it does not know without a word: what node care asks of groups must be sendable. */
import assert from "node:assert/strict";
import { createComputeClients } from "../../../../shared/adapters/google/compute-clients.ts";
import { checkSendable } from "../../../../shared/adapters/google/compute-json.ts";
import { serviceFor } from "../../../../shared/adapters/google/compute-services.ts";
import { parseComputePath } from "../../../../shared/ports/compute.ts";
import { type CallAction, calling } from "../../../../shared/resources/gce/action.ts";
import {
  abandoningMachines,
  deletingMachines,
  growing,
  restartingMachines,
} from "../../../../shared/resources/node-care/action.ts";
import type { GroupFacts } from "../../../../shared/resources/resource.ts";

const MACHINE = "projects/p/zones/europe-west4-a/instances/shop-ab12cd-n-general-aaaa";
const groupIn = (scope: string): GroupFacts => ({
  path: `projects/p/${scope}/instanceGroupManagers/shop-ab12cd-n-general`,
  pool: "general",
  targetSize: 1,
  template: "t",
  stable: true,
  machines: [{ path: MACHINE, going: false, running: true }],
});

const MACHINE_REF = { ...parseComputePath(MACHINE), kind: "instances" as const };
/** What is done to one machine: repairs, and those that are kept. */
const OF_A_MACHINE = [
  calling("instances.reset", MACHINE_REF, {}, "it is silent"),
  calling("instances.stop", MACHINE_REF, {}, "it is kept"),
  calling("instances.setLabels", MACHINE_REF, { labels: { a: "b" }, labelFingerprint: "x" }, "it is kept"),
  calling("instances.setDeletionProtection", MACHINE_REF, { deletionProtection: false }, "it is replaced"),
];

async function checkAll(actions: readonly CallAction[]): Promise<void> {
  const clients = createComputeClients({ endpoint: "http://127.0.0.1:1" });
  try {
    for (const action of actions) {
      const method = action.verb.slice(action.verb.indexOf(".") + 1);
      const shape = await clients.shape(serviceFor(action.ref.kind, action.ref.scope), method);
      assert(shape !== undefined, `${action.verb} is no method`);
      const field = shape.bodyField === undefined ? undefined : shape.requestType.fields[shape.bodyField];
      const type = field?.resolve().resolvedType ?? shape.requestType;
      assert("fields" in type);
      checkSendable(type, action.body, action.key, { patch: false });
    }
  } finally {
    await clients.close();
  }
}

describe("Google's client", () => {
  for (const scope of ["zones/europe-west4-a", "regions/europe-west4"]) {
    it(`can send what node care asks of a group in ${scope}`, async () => {
      const group = groupIn(scope);
      const names = new Set(["shop-ab12cd-n-general-aaaa"]);
      const deletion = deletingMachines(group, names, { reason: "outdated" });
      assert.deepEqual(deletion.body, { instances: [`https://www.googleapis.com/compute/v1/${MACHINE}`] });
      await checkAll([
        deletion,
        growing(group, 2, { reason: "surge" }),
        abandoningMachines(group, names, "it is kept"),
        restartingMachines(group, names, { reason: "outdated" }),
      ]);
    });
  }

  it("can send what node care asks of a machine", () => checkAll(OF_A_MACHINE));

  it("would not send a field that there is none of", async () => {
    const [reset] = OF_A_MACHINE;
    assert(reset !== undefined);
    await assert.rejects(checkAll([{ ...reset, body: { colour: "red" } }]), /colour is not a field/);
  });
});
