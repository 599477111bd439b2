/** Each action is one call, and the call is the action's. */
import assert from "node:assert/strict";
import type { ComputeWriter } from "../../../../shared/ports/compute.ts";
import {
  type ComputeAction,
  calling,
  deletion,
  insertion,
  patching,
  performCompute,
} from "../../../../shared/resources/gce/action.ts";

const ref = { kind: "disks", project: "p", scope: "zones/z", name: "d" } as const;
const body = { name: "d", sizeGb: "50" };

function recorder(): { readonly writer: ComputeWriter; readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  const record =
    (method: string) =>
    async (...args: readonly unknown[]) => {
      calls.push([method, ...args]);
      return { name: "o", status: "RUNNING" as const };
    };
  const writer = {
    insert: record("insert"),
    patch: record("patch"),
    delete: record("delete"),
    call: record("call"),
  };
  return { writer, calls };
}

describe("Performing an action on Compute Engine", () => {
  const cases: readonly (readonly [ComputeAction, readonly unknown[]])[] = [
    [insertion(ref, body, "why"), ["insert", ref, body, "id"]],
    [patching(ref, { sizeGb: "60" }, "why"), ["patch", ref, { sizeGb: "60" }, "id"]],
    [deletion(ref, "why"), ["delete", ref, "id"]],
    [
      calling("disks.resize", ref, { sizeGb: "60" }, "why"),
      ["call", "disks.resize", ref, { sizeGb: "60" }, "id"],
    ],
  ];
  for (const [action, call] of cases) {
    it(`makes one call for ${action.verb}, under the request id, and answers its operation`, async () => {
      const { writer, calls } = recorder();
      const started = await performCompute(writer, action, "id");
      assert.deepEqual(calls, [call]);
      assert.deepEqual(started, { operation: { name: "o", status: "RUNNING" } });
      assert.equal(action.key, "projects/p/zones/z/disks/d");
    });
  }
});
