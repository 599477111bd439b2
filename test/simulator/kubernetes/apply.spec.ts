import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldsOf, fromTree, sameValue, toTree } from "../../../simulator/kubernetes/apply/fields.ts";
import { mergePatch, strategicMerge } from "../../../simulator/kubernetes/apply/patches.ts";
import type { Dict, KubeObject, Workload } from "../../../simulator/kubernetes/objects/object.ts";
import type { Status } from "../../../simulator/kubernetes/objects/status.ts";
import { deployment, makeCluster } from "./fixture.ts";

const APPLY = { "content-type": "application/apply-patch+yaml" };
const PATH = "/apis/apps/v1/namespaces/default/deployments/web";

describe("Server-side apply", () => {
  it("creates what is not there and owns the fields it declared", async () => {
    const { ask } = await makeCluster();
    const made = ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 2), APPLY);
    const { managedFields } = (made.body as KubeObject).metadata;
    assert.equal(made.status, 201);
    assert.equal(managedFields?.length, 1);
    assert.equal(managedFields?.[0]?.manager, "ours");
    assert.equal(managedFields?.[0]?.operation, "Apply");
    assert.deepEqual((managedFields?.[0]?.fieldsV1["f:spec"] as Dict | undefined)?.["f:replicas"], {});
  });

  it("writes nothing the second time", async () => {
    const { ask } = await makeCluster();
    const once = ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 2), APPLY).body as KubeObject;
    const twice = ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 2), APPLY).body as KubeObject;
    assert.equal(twice.metadata.resourceVersion, once.metadata.resourceVersion);
  });

  it("refuses to change what another manager owns, naming it, until it is forced", async () => {
    const { ask } = await makeCluster();
    ask("PATCH", `${PATH}?fieldManager=theirs`, deployment("web", 2), APPLY);
    const refused = ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 5), APPLY);
    const status = refused.body as Status;
    assert.equal(refused.status, 409);
    assert.equal(status.message, 'Apply failed with 1 conflict: conflict with "theirs": .spec.replicas');
    assert.deepEqual(status.details?.causes, [
      { reason: "FieldManagerConflict", message: 'conflict with "theirs"', field: ".spec.replicas" },
    ]);
    const forced = ask("PATCH", `${PATH}?fieldManager=ours&force=true`, deployment("web", 5), APPLY);
    assert.equal((forced.body as Workload).spec.replicas, 5);
    const again = ask("PATCH", `${PATH}?fieldManager=theirs`, deployment("web", 2), APPLY);
    assert.match((again.body as Status).message ?? "", /conflict with "ours"/);
  });

  it("removes a field that its manager no longer declares, and keeps what others own", async () => {
    const { ask } = await makeCluster();
    const path = "/api/v1/namespaces/default/configmaps/shared";
    const data = (values: Dict) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "shared" },
      data: values,
    });
    ask("PATCH", `${path}?fieldManager=ours`, data({ a: "1", b: "1" }), APPLY);
    ask("PATCH", `${path}?fieldManager=theirs`, data({ c: "1" }), APPLY);
    const after = ask("PATCH", `${path}?fieldManager=ours`, data({ a: "1" }), APPLY).body as KubeObject;
    assert.deepEqual(after["data"], { a: "1", c: "1" });
  });

  it("merges containers by name and removes a container that is no longer declared", async () => {
    const { ask } = await makeCluster();
    const two = structuredClone(deployment("web", 1));
    two.spec.template.spec.containers.push({ name: "sidecar", image: "envoy:1" });
    ask("PATCH", `${PATH}?fieldManager=ours`, two, APPLY);
    const after = ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 1), APPLY).body as Workload;
    assert.deepEqual(
      after.spec.template.spec.containers.map(({ name }) => name),
      ["web"],
    );
  });

  it("sees that an ordinary update took a field over", async () => {
    const { ask } = await makeCluster();
    ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 2), APPLY);
    const scale = { "content-type": "application/merge-patch+json", "user-agent": "kubectl/v1.33" };
    ask("PATCH", PATH, { spec: { replicas: 4 } }, scale);
    const refused = ask("PATCH", `${PATH}?fieldManager=ours`, deployment("web", 2), APPLY);
    assert.equal(refused.status, 409);
    assert.match(
      (refused.body as Status).message ?? "",
      /conflict with "kubectl" using apps\/v1 at .*: .spec.replicas/,
    );
  });

  it("asks for a field manager", async () => {
    const { ask } = await makeCluster();
    const refused = ask("PATCH", PATH, deployment("web", 1), APPLY);
    assert.equal(refused.status, 422);
    assert.match(
      (refused.body as Status).message ?? "",
      /fieldManager: Required value: is required for apply patch/,
    );
  });
});

describe("A strategic merge patch", () => {
  const target = {
    containers: [
      { name: "a", image: "1" },
      { name: "b", image: "1" },
    ],
    tolerations: [{ key: "x" }],
  };

  it("merges the usual lists by their key and replaces the others", () => {
    const patch = {
      containers: [
        { name: "b", image: "2" },
        { name: "c", image: "1" },
      ],
      tolerations: [{ key: "y" }],
    };
    assert.deepEqual(strategicMerge(target, patch), {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "2" },
        { name: "c", image: "1" },
      ],
      tolerations: [{ key: "y" }],
    });
  });
  it("obeys $patch, $setElementOrder and $deleteFromPrimitiveList", () => {
    assert.deepEqual(strategicMerge(target, { containers: [{ name: "a", $patch: "delete" }] }) as Dict, {
      containers: [{ name: "b", image: "1" }],
      tolerations: [{ key: "x" }],
    });
    const ordered = strategicMerge(target, {
      "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
    }) as typeof target;
    assert.deepEqual(
      ordered.containers.map(({ name }) => name),
      ["b", "a"],
    );
    const finalizers = strategicMerge(
      { finalizers: ["a", "b"] },
      { "$deleteFromPrimitiveList/finalizers": ["a"] },
    );
    assert.deepEqual(finalizers, { finalizers: ["b"] });
  });
});

describe("Patches and field sets, for any object", () => {
  const json = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 5,
  });

  it("a merge patch applied twice is applied once", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch);
        assert.deepEqual(mergePatch(once, patch), once);
      }),
    );
  });
  it("field sets survive being written as trees and read again", () => {
    fc.assert(
      fc.property(json, (object) => {
        const fields = fieldsOf({ spec: object });
        assert.deepEqual([...fromTree(toTree(fields))].sort(), [...fields].sort());
      }),
    );
  });
  it("equal values are equal whatever the order of their keys", () => {
    fc.assert(
      fc.property(json, (object) =>
        assert.ok(sameValue(object, Object.fromEntries(Object.entries(object).reverse()))),
      ),
    );
  });
});
