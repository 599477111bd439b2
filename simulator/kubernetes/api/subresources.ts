/** Subresources that are not plain fields of an object: binding, scale, log and finalize. */
import { isDict, mergePatch } from "../apply/patches.ts";
import type { Dict, KubeObject, Pod } from "../objects/object.ts";
import { resourceKey } from "../objects/resources.ts";
import { badRequest, conflict, methodNotAllowed, notModelled } from "../objects/status.ts";
import { parseBody } from "./body.ts";
import { evict } from "./eviction.ts";
import { get, stored } from "./read.ts";
import type { ApiAnswer, ResourceRequest } from "./request.ts";
import { type ClusterState, nowText } from "./state.ts";
import { patch, update } from "./write.ts";

function bind(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const pod = stored(state, request) as Pod;
  const target = (parseBody(request.body, request.contentType) as { target?: { name?: string } } | undefined)
    ?.target;
  if (target?.name === undefined) throw badRequest("binding: target.name is required");
  if (pod.spec.nodeName !== undefined)
    throw conflict(
      { ...request.definition, resource: "pods/binding", name: pod.metadata.name },
      `pod ${pod.metadata.name} is already assigned to node "${pod.spec.nodeName}"`,
    );
  state.store.put("pods", bound(pod, target.name, nowText(state)));
  return {
    status: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  };
}
/** The pod on its node, with the condition that says so. */
export function bound(pod: Pod, node: string, now: string): Pod {
  const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
  return {
    ...pod,
    spec: { ...pod.spec, nodeName: node },
    status: {
      ...pod.status,
      conditions: [
        ...conditions,
        { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: now },
      ],
    },
  };
}

function scaleOf(object: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector =
    (object.spec?.["selector"] as { matchLabels?: Record<string, string> } | undefined)?.matchLabels ?? {};
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: object.spec?.["replicas"] ?? 0 },
    status: {
      replicas: object.status?.["replicas"] ?? 0,
      selector: Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(","),
    },
  };
}
function scale(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const object = stored(state, request);
  if (request.verb === "get") return { status: 200, body: scaleOf(object) };
  const body = parseBody(request.body, request.contentType);
  if (!isDict(body)) throw badRequest("a Scale is required");
  const wanted = mergePatch(scaleOf(object), body) as { spec?: { replicas?: unknown }; metadata?: Dict };
  const replicas = wanted.spec?.replicas;
  if (typeof replicas !== "number" || replicas < 0)
    throw badRequest("spec.replicas must be greater than or equal to 0");
  const metadata = (body["metadata"] as Dict | undefined)?.["resourceVersion"];
  const changed = {
    spec: { replicas },
    ...(metadata === undefined ? {} : { metadata: { resourceVersion: metadata } }),
  };
  patch(state, {
    ...request,
    subresource: undefined,
    contentType: "application/merge-patch+json",
    body: changed,
  });
  return { status: 200, body: scaleOf(stored(state, request)) };
}

/** No process runs in a simulated container, so its log says what the kubelet did and nothing more. */
function log(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const pod = stored(state, request) as Pod;
  const names = pod.spec.containers.map(({ name }) => name);
  const container = request.query.get("container") ?? names[0] ?? "";
  if (!names.includes(container))
    throw badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`);
  const status = pod.status.containerStatuses?.find(({ name }) => name === container);
  const waiting = status?.state["waiting"];
  if (status === undefined || waiting !== undefined)
    throw badRequest(
      `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${waiting?.["reason"] ?? "ContainerCreating"}`,
    );
  const started = (status.state["running"] ?? status.state["terminated"])?.["startedAt"] ?? "";
  const lines = [`simulated container ${container} of image ${status.image}: started ${started}`];
  const ended = status.state["terminated"];
  if (ended !== undefined)
    lines.push(String(ended["message"] ?? `exited with code ${ended["exitCode"]} at ${ended["finishedAt"]}`));
  lines.push("no process runs here: the simulated cluster has no other output of this container");
  const tail = Number(request.query.get("tailLines") ?? -1);
  const shown = tail >= 0 ? lines.slice(Math.max(0, lines.length - tail)) : lines;
  return { status: 200, contentType: "text/plain", body: shown.length === 0 ? "" : `${shown.join("\n")}\n` };
}

function plain(state: ClusterState, request: ResourceRequest): ApiAnswer {
  if (request.verb === "get") return get(state, request);
  if (request.verb === "update") return update(state, request);
  if (request.verb === "patch") return patch(state, request);
  throw methodNotAllowed();
}

export function subresource(state: ClusterState, request: ResourceRequest): ApiAnswer {
  switch (request.subresource) {
    case "status":
    case "approval":
    case "finalize":
      return plain(state, request);
    case "binding":
      return bind(state, request);
    case "eviction":
      return evict(state, request);
    case "scale":
      return scale(state, request);
    case "log":
      return log(state, request);
    default:
      throw notModelled(`${resourceKey(request.definition)}/${request.subresource}`);
  }
}
