/** A Compute service that keeps bodies in a map: enough to see what the wire makes of requests and answers. */
import type {
  ComputeAnswer,
  ComputeCall,
  ComputeService,
  JsonObject,
} from "../../../simulator/compute/call.ts";

export interface FakeCompute {
  readonly service: ComputeService;
  readonly calls: ComputeCall[];
  /** Answered instead, once for each. */
  readonly next: ComputeAnswer[];
}

export function createFakeCompute(): FakeCompute {
  const resources = new Map<string, JsonObject>();
  const calls: ComputeCall[] = [];
  const next: ComputeAnswer[] = [];
  const service: ComputeService = (call) => {
    calls.push(call);
    return next.shift() ?? answer(resources, call);
  };
  return { service, calls, next };
}

function answer(resources: Map<string, JsonObject>, call: ComputeCall): ComputeAnswer {
  const { service, method, params, body } = call;
  const place = params["zone"] ?? params["region"] ?? "global";
  const last =
    Object.entries(params).find(([key]) => !["project", "zone", "region"].includes(key))?.[1] ?? "";
  const prefix = `${service}/${place}/`;
  switch (method) {
    case "Insert": {
      const name = String(body?.["name"]);
      if (resources.has(prefix + name))
        return failure(409, "alreadyExists", `The resource '${name}' already exists`);
      resources.set(prefix + name, { ...body, id: "1234567890123456789" });
      return { status: 200, body: operation("insert", name) };
    }
    case "Get": {
      const found = resources.get(prefix + last);
      return found === undefined
        ? failure(404, "notFound", `The resource '${last}' was not found`)
        : { status: 200, body: found };
    }
    case "List":
      return {
        status: 200,
        body: {
          kind: "compute#list",
          items: [...resources].filter(([key]) => key.startsWith(prefix)).map(([, item]) => item),
        },
      };
    case "Delete":
      return resources.delete(prefix + last)
        ? { status: 200, body: operation("delete", last) }
        : failure(404, "notFound", `The resource '${last}' was not found`);
    case "SetLabels":
    case "Patch":
    case "Resize":
      return { status: 200, body: operation(method, last) };
    default:
      return failure(501, "notImplemented", `${service}.${method} is not modelled`);
  }
}

export function operation(operationType: string, target: string): JsonObject {
  return {
    kind: "compute#operation",
    name: `operation-1-${target}`,
    operationType,
    status: "RUNNING",
    progress: 0,
    targetId: "1234567890123456789",
    targetLink: `https://www.googleapis.com/compute/v1/projects/demo/global/things/${target}`,
  };
}
export function failure(status: number, reason: string, message: string): ComputeAnswer {
  return {
    status,
    body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
  };
}
