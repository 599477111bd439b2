/** Access reviews: `kubectl auth can-i` and `auth whoami`. */
import { parseBody } from "../api/body.ts";
import type { ApiAnswer, ResourceRequest, User } from "../api/request.ts";
import type { ClusterState } from "../api/state.ts";
import { isDict } from "../apply/patches.ts";
import type { Dict } from "../objects/object.ts";
import { badRequest, notModelled } from "../objects/status.ts";
import { isAllowed, rulesFor } from "./authorize.ts";
import { tokenUser } from "./tokens.ts";

function attributesOf(spec: Dict) {
  const given = (spec["resourceAttributes"] ?? {}) as Record<string, string | undefined>;
  const text = (key: string) => (given[key] === "" ? undefined : given[key]);
  return {
    verb: given["verb"] ?? "",
    group: given["group"] ?? "",
    resource: given["resource"] ?? "",
    subresource: text("subresource"),
    namespace: text("namespace"),
    name: text("name"),
  };
}
function accessStatus(state: ClusterState, user: User, spec: Dict): Dict {
  if (spec["resourceAttributes"] === undefined) {
    const superuser = rulesFor(state, user, undefined).some((rule) => rule.resources?.includes("*") === true);
    return { allowed: superuser };
  }
  return { allowed: isAllowed(state, user, attributesOf(spec)) };
}

function statusOf(state: ClusterState, request: ResourceRequest, spec: Dict): Dict {
  const { user } = request;
  switch (request.definition.resource) {
    case "selfsubjectaccessreviews":
      return accessStatus(state, user, spec);
    case "subjectaccessreviews":
    case "localsubjectaccessreviews": {
      const groups = (spec["groups"] as string[] | undefined) ?? [];
      return accessStatus(state, { name: String(spec["user"] ?? ""), groups }, spec);
    }
    case "selfsubjectrulesreviews": {
      const rules = rulesFor(state, user, spec["namespace"] as string | undefined);
      return { resourceRules: rules, nonResourceRules: [], incomplete: false };
    }
    case "selfsubjectreviews":
      return { userInfo: { username: user.name, groups: user.groups } };
    case "tokenreviews": {
      const found = tokenUser(state, String(spec["token"] ?? ""));
      if (found === undefined) return { authenticated: false };
      return { authenticated: true, user: { username: found.name, groups: found.groups } };
    }
    default:
      throw notModelled(request.definition.resource);
  }
}

/** These resources are answered, never stored. */
export function isReview(request: ResourceRequest): boolean {
  return request.definition.verbs.length === 1 && request.verb === "create";
}
export function review(state: ClusterState, request: ResourceRequest): ApiAnswer {
  const body = parseBody(request.body, request.contentType);
  if (!isDict(body)) throw badRequest("a review is required");
  const spec = isDict(body["spec"]) ? body["spec"] : {};
  return {
    status: 201,
    body: { ...body, metadata: { creationTimestamp: null }, status: statusOf(state, request, spec) },
  };
}
