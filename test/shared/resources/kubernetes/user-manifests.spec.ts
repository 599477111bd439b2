import assert from "node:assert/strict";
import { addons } from "../../../../shared/resources/kubernetes/addons.ts";
import { CCM, look, METRICS, PASSES_MAX, QUIET, settle, stored } from "./addon-passes.ts";
import type { FakeApi } from "./fake-api.ts";
import { clusterWith } from "./fixtures.ts";
import { healthyApi } from "./server-defaults.ts";

describe("manifests of the spec", () => {
  const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec: { group: example.com }
`;
  const WIDGET = `apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: shop }
spec: { size: 3 }
`;
  const NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";
  const WIDGET_PATH = "/apis/example.com/v1/namespaces/shop/widgets/one";
  const CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com";

  /** Widgets are served once their definition is there. */
  function widgetApi(): FakeApi {
    const api = healthyApi();
    api.intercept = (request) => {
      if (request.path !== "/apis/example.com/v1") return undefined;
      if (!api.objects.has(CRD_PATH)) return { status: 404, body: {} };
      const resources = [
        { name: "widgets", kind: "Widget", namespaced: true },
        { name: "widgets/status", kind: "Widget", namespaced: true },
      ];
      return { status: 200, body: { kind: "APIResourceList", resources } };
    };
    return api;
  }

  it("are applied, definitions and namespaces first, and found again when the last of their kind leaves the spec", async () => {
    const api = widgetApi();
    const cluster = clusterWith({ addons: { manifests: [`${WIDGET}---\n${NAMESPACE}`, CRD] } });
    const done = await settle(api, cluster);
    assert.ok(done.indexOf(`apply ${CRD_PATH}`) < done.indexOf(`apply ${WIDGET_PATH}`));
    assert.deepEqual(stored(api, WIDGET_PATH)["spec"], { size: 3 });
    assert.deepEqual(await look(api, cluster), QUIET);

    const without = clusterWith({ addons: { manifests: [NAMESPACE, CRD] } });
    const undone = await settle(api, without);
    assert.deepEqual(undone[0], `delete ${WIDGET_PATH}`);
    assert.deepEqual(await look(api, without), QUIET);
  });

  it("never delete a namespace or a definition; they are reported", async () => {
    const api = widgetApi();
    await settle(api, clusterWith({ addons: { manifests: [NAMESPACE, CRD] } }));
    const plan = await look(api, clusterWith());
    assert.deepEqual(plan.actions, []);
    assert.deepEqual(plan.problems.map(({ key }) => key).sort(), ["/api/v1/namespaces/shop", CRD_PATH]);
    assert.match(plan.problems[0]?.message ?? "", /stays, because deleting it deletes what is in it/);
  });

  it("of a kind that the API does not know wait for its definition", async () => {
    const api = widgetApi();
    const cluster = clusterWith({ addons: { manifests: [WIDGET] } });
    await settle(api, cluster);
    const plan = await look(api, cluster);
    assert.deepEqual(
      plan.waiting.map(({ reason }) => reason),
      [
        "the API to know Widget of example.com/v1; its CustomResourceDefinition is missing or not established",
      ],
    );
  });

  it("that cannot be read are reported with their place, and the others are applied", async () => {
    const api = healthyApi();
    const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: greeting }\ndata: { text: hello }\n";
    const cluster = clusterWith({ addons: { manifests: ["{ not: [yaml", "kind: Secret", config] } });
    await settle(api, cluster);
    assert.ok(api.objects.has("/api/v1/namespaces/default/configmaps/greeting"));
    const { problems } = await look(api, cluster);
    assert.deepEqual(
      problems.map(({ key, code }) => [key, code]),
      [
        ["addons.manifests[0]", "unsupported"],
        ["addons.manifests[1]", "unsupported"],
      ],
    );
  });

  it("with a Job that cleans itself up are refused, for it would run for ever", async () => {
    const job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: { name: once }\nspec: { ttlSecondsAfterFinished: 60 }\n";
    const { problems } = await look(healthyApi(), clusterWith({ addons: { manifests: [job] } }));
    assert.match(problems[0]?.message ?? "", /it would run again each time/);
  });

  it("that the API refuses hold up nothing of what nodes need", async () => {
    const api = healthyApi();
    const refused = "/api/v1/namespaces/nowhere/configmaps/lost";
    api.intercept = ({ method, path }) =>
      method === "PATCH" && path.startsWith(refused)
        ? { status: 404, body: { message: "namespace not found" } }
        : undefined;
    const lost = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: lost, namespace: nowhere }\n";
    const cluster = clusterWith({ addons: { manifests: [lost] } });
    for (let pass = 0; pass < PASSES_MAX; pass += 1) {
      const { actions } = await look(api, cluster);
      await Promise.allSettled(actions.map((action) => addons.perform(api.cloud, cluster, action, "")));
    }
    const plan = await look(api, cluster);
    assert.deepEqual(
      plan.actions.map(({ key }) => key),
      [refused],
    );
    assert.ok(api.objects.has(CCM) && api.objects.has(METRICS));
  });

  it("cannot replace an add-on's own object", async () => {
    const api = healthyApi();
    const thief =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cloud-config, namespace: kube-system }\ndata: { cloud.conf: evil }\n";
    const cluster = clusterWith({ addons: { manifests: [thief] } });
    await settle(api, cluster);
    const config = stored(api, "/api/v1/namespaces/kube-system/configmaps/cloud-config")["data"] as Record<
      string,
      string
    >;
    assert.match(config["cloud.conf"] ?? "", /project-id = acme-prod/);
  });
});
