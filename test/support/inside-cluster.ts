/** A person's hands inside a simulated cluster: workloads, budgets, cordons, and a watch over what stays up. */
import assert from "node:assert/strict";
import { lookUp } from "../../shared/engine/look-up.ts";
import type { KubernetesRequest } from "../../shared/ports/kubernetes.ts";
import type { Body } from "./cluster-sight.ts";
import type { SimulatedPlane } from "./simulated-plane.ts";

export interface InsideCluster {
  /** Any request as an administrator. @returns nothing at 404 */
  ask(request: KubernetesRequest): Promise<Body | undefined>;
  list(path: string): Promise<readonly Body[]>;
  deployment(name: string, replicas: number, more?: object): Promise<void>;
  budget(name: string, app: string, spec: object): Promise<void>;
  scale(name: string, replicas: number): Promise<void>;
  patchNode(name: string, patch: object): Promise<void>;
  /** How many pods of the deployment are Ready. */
  readyPods(app: string): Promise<number>;
}

export async function insideCluster(plane: SimulatedPlane, id: string): Promise<InsideCluster> {
  const status = await plane.status(id);
  assert(status?.accepted !== undefined);
  const { access } = await lookUp(plane.engine, id, status.accepted, status);
  assert(access !== undefined, "there is no way to the cluster's API");
  const ask = async (request: KubernetesRequest): Promise<Body | undefined> => {
    const answer = await plane.engine.cloud.kubernetes.request(access, request);
    if (answer.status === 404) return undefined;
    assert(answer.status < 300, `${request.method} ${request.path}: ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  };
  const list = async (path: string) => (await ask({ method: "GET", path }))?.["items"] ?? [];
  const contentType = "application/merge-patch+json";
  return {
    ask,
    list,
    deployment: async (name, replicas, more = {}) => {
      const labels = { app: name };
      const template = {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "example.com/web:1" }], ...more },
      };
      const body = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name },
        spec: { replicas, selector: { matchLabels: labels }, template },
      };
      await ask({ method: "POST", path: "/apis/apps/v1/namespaces/default/deployments", body });
    },
    budget: async (name, app, spec) => {
      const body = {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name },
        spec: { selector: { matchLabels: { app } }, ...spec },
      };
      await ask({
        method: "POST",
        path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        body,
      });
    },
    scale: async (name, replicas) => {
      const path = `/apis/apps/v1/namespaces/default/deployments/${name}`;
      await ask({ method: "PATCH", path, body: { spec: { replicas } }, contentType });
    },
    patchNode: async (name, body) => {
      await ask({ method: "PATCH", path: `/api/v1/nodes/${name}`, body, contentType });
    },
    readyPods: async (app) => {
      const pods = await list(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`);
      const isReady = (pod: Body) =>
        pod["status"].conditions?.some((one: Body) => one["type"] === "Ready" && one["status"] === "True");
      return pods.filter((pod: Body) => pod["metadata"].deletionTimestamp === undefined && isReady(pod))
        .length;
    },
  };
}
