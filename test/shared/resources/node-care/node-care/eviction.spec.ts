/** What an eviction asks of the API, and what its answers mean. */
import assert from "node:assert/strict";
import { isCloudError } from "../../../../../shared/ports/cloud-error.ts";
import { nodeCare } from "../../../../../shared/resources/node-care/node-care.ts";
import type { CloudWriter } from "../../../../../shared/resources/resource.ts";
import { FakeApi } from "../../kubernetes/fake-api.ts";
import { A, B, C, cluster, group, NEW, node, OLD, OURS, plan, podOf } from "./scene.ts";

describe("an eviction", () => {
  const nodes = [node(A, { cordoned: OURS }), node(B), node(C)];
  const seen = cluster(nodes, [group({ [A]: OLD, [B]: OLD, [C]: NEW })]);
  const [eviction] = plan(seen, [{ name: A, pods: [podOf("web-1")], budgets: [] }]).actions;
  const answering = (status: number, message: string, details?: unknown) => {
    const api = new FakeApi();
    api.intercept = () => ({ status, body: { kind: "Status", message, details } });
    return api;
  };
  const perform = (cloud: CloudWriter) => {
    assert(eviction !== undefined);
    return nodeCare.perform(cloud, seen, eviction, "");
  };

  it("asks for that very pod, through the eviction API (S16)", async () => {
    const api = answering(201, "");
    assert.equal(await perform(api.cloud), "done");
    assert.deepEqual(api.requests, [
      {
        method: "POST",
        path: "/api/v1/namespaces/default/pods/web-1/eviction?fieldManager=clusterwright",
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name: "web-1", namespace: "default" },
          deleteOptions: { preconditions: { uid: "uid-web-1" } },
        },
      },
    ]);
  });

  it("that a budget refuses is held: no failure, and the next look names the budget", async () => {
    const api = new FakeApi();
    const message = "Cannot evict pod as it would violate the pod's disruption budget.";
    const details = {
      causes: [{ reason: "DisruptionBudget", message: "The disruption budget web needs 2" }],
    };
    api.intercept = () => ({ status: 429, body: { kind: "Status", message, details } });
    assert.equal(await perform(api.cloud), "held");
  });

  it("that the API has no time for is tried again later", async () => {
    const api = answering(429, "Too many requests, please try again later.");
    await assert.rejects(perform(api.cloud), (error) => isCloudError(error, "rate-limited"));
  });

  it("from a namespace on its way out is tried again, and nobody is asked for permissions", async () => {
    const message = "unable to create new content in namespace shop because it is being terminated";
    const ending = answering(403, message, { causes: [{ reason: "NamespaceTerminating" }] });
    await assert.rejects(perform(ending.cloud), (error) => isCloudError(error, "not-ready"));
    for (const details of [undefined, null, { causes: "x" }, { causes: [null, 7, {}] }])
      await assert.rejects(perform(answering(403, "forbidden", details).cloud), (error) =>
        isCloudError(error, "permission-denied"),
      );
  });

  it("of a pod that is gone is no failure", async () => {
    assert.equal(await perform(answering(404, "not found").cloud), "done");
  });
});
