/** Puts a workload into a cluster, as an administrator does with kubectl: a Deployment with a disruption budget. */
import type { SimulatedCloud } from "../../../simulator/cloud.ts";

const NAME = "web";
export const WORKLOAD = { namespace: "default", name: NAME };
const ADMINISTRATOR = { name: "admin", groups: ["system:masters", "system:authenticated"] };
const APPS = "/apis/apps/v1/namespaces/default/deployments";
const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

type Send = (method: string, path: string, body?: object, type?: string) => number;

/** @returns nothing when no API server runs */
function administrator(cloud: SimulatedCloud, uid: string): Send | undefined {
  const machine = cloud.guests.servers().find(({ labels }) => labels["clusterwright-uid"] === uid);
  const cluster = machine === undefined ? undefined : cloud.guests.serving(machine);
  if (cluster === undefined) return undefined;
  return (method, path, body, type = "application/json") =>
    cluster.handle({
      method,
      path,
      headers: { accept: "application/json", "content-type": type },
      user: ADMINISTRATOR,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).status;
}

/** Takes it away again. @returns whether there is an API that did */
export function undeploy(cloud: SimulatedCloud, uid: string): boolean {
  const send = administrator(cloud, uid);
  if (send === undefined) return false;
  return [`${BUDGETS}/${NAME}`, `${APPS}/${NAME}`].every((path) =>
    [200, 202, 404].includes(send("DELETE", path)),
  );
}

/** As kubectl does. @returns whether there is an API that did */
export function cordon(cloud: SimulatedCloud, uid: string, node: string, on: boolean): boolean {
  const body = { spec: { unschedulable: on ? true : null } };
  const status = administrator(cloud, uid)?.(
    "PATCH",
    `/api/v1/nodes/${node}`,
    body,
    "application/merge-patch+json",
  );
  return status !== undefined && status < 300;
}

/** Its pods are made anew, for nodes that there are none of, or for any. @returns whether there is an API to take it */
export function breakWorkload(cloud: SimulatedCloud, uid: string, broken: boolean): boolean {
  const nodeSelector = broken ? { "example.com/nowhere": "true" } : null;
  const body = { spec: { template: { spec: { nodeSelector } } } };
  const send = administrator(cloud, uid);
  return send?.("PATCH", `${APPS}/${NAME}`, body, "application/merge-patch+json") === 200;
}

/** @returns whether there is an API to take it */
export function deploy(cloud: SimulatedCloud, uid: string, replicas: number): boolean {
  const send = administrator(cloud, uid);
  if (send === undefined) return false;
  const labels = { app: NAME };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "main", image: "example.com/web:1" }] },
  };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  const made = send("POST", APPS, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME },
    spec,
  });
  if (made === 409) send("PATCH", `${APPS}/${NAME}`, { spec: { replicas } }, "application/merge-patch+json");
  const budget = { maxUnavailable: 1, selector: { matchLabels: labels } };
  send("POST", BUDGETS, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: NAME },
    spec: budget,
  });
  return true;
}
