/** Which cluster is meant by the id of an operation. */
import assert from "node:assert/strict";
import type { ClusterView } from "../../cli/api-client.ts";
import { ApiError } from "../../cli/api-client.ts";
import { clusterOfOperation } from "../../cli/operation-cluster.ts";
import type { OperationRecord } from "../../shared/status/cluster-status.ts";

/** Operations by cluster. */
const api = (clusters: Readonly<Record<string, readonly string[]>>) => ({
  list: async () => Object.keys(clusters).map((id) => ({ id }) as ClusterView),
  operation: async (id: string, operation: string) => {
    if (clusters[id]?.includes(operation) !== true) throw new ApiError(404, "there is no such operation");
    return { id: operation } as OperationRecord;
  },
});

describe("cli/operation-cluster", () => {
  it("finds the one cluster that has it", async () => {
    const of = api({ a: ["update-2"], b: ["update-2", "repair-1"] });
    assert.equal(await clusterOfOperation(of, "repair-1"), "b");
  });

  it("asks for the cluster where several have it, or none has", async () => {
    const of = api({ a: ["update-2"], b: ["update-2"] });
    await assert.rejects(
      clusterOfOperation(of, "update-2"),
      /^Error: a and b have an operation update-2; say which/,
    );
    await assert.rejects(
      clusterOfOperation(of, "update-9"),
      /no cluster has an operation update-9; .*operations CLUSTER/,
    );
  });

  it("passes on what is no answer about an operation", async () => {
    const down = { ...api({ a: [] }), operation: () => Promise.reject(new ApiError(503, "try again")) };
    await assert.rejects(clusterOfOperation(down, "update-2"), /try again/);
  });
});
