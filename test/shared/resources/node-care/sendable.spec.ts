/** Google's client drops fields that it does not know without a word: what node care asks of groups must be sendable. */
import assert from "node:assert/strict";
import { createComputeClients } from "../../../../shared/adapters/google/compute-clients.ts";
import { checkSendable } from "../../../../shared/adapters/google/compute-json.ts";
import { serviceFor } from "../../../../shared/adapters/google/compute-services.ts";
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

describe("Google's client", () => {
  for (const scope of ["zones/europe-west4-a", "regions/europe-west4"]) {
    it(`can send what node care asks of a group in ${scope}`, async () => {
      const clients = createComputeClients({ endpoint: "http://127.0.0.1:1" });
      const group = groupIn(scope);
      const names = new Set(["shop-ab12cd-n-general-aaaa"]);
      const deletion = deletingMachines(group, names, { reason: "outdated" });
      assert.deepEqual(deletion.body, { instances: [`https://www.googleapis.com/compute/v1/${MACHINE}`] });
      try {
        const others = [
          growing(group, 2, { reason: "surge" }),
          abandoningMachines(group, names, "it is kept"),
          restartingMachines(group, names, { reason: "outdated" }),
        ];
        for (const action of [deletion, ...others]) {
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
    });
  }
});
