/** Backend services, global and regional, and the health of their backends. */
import { invalid, invalidUse, required } from "../api-error.ts";
import { healthOf } from "../backend-health.ts";
import type { JsonObject } from "../call.ts";
import { asList, asNumber, asObject, asObjects, asText, asTexts } from "../json.ts";
import { relativePath, type Scope } from "../links.ts";
import { usersOf } from "../references.ts";
import type { Row } from "../row.ts";
import type { Kind, Verb, World } from "../world.ts";

/** Seconds. Source: compute.proto, BackendService.timeout_sec, default 30, and ConnectionDraining. */
const TIMEOUT_DEFAULT_SEC = 30;
const TIMEOUT_MOST_SEC = 2_147_483_647;
const DRAINING_MOST_SEC = 3_600;
const INTERNAL = "INTERNAL";

/** What a service may lack, by its scheme. */
function defaultsFor(body: JsonObject, scope: Scope): JsonObject {
  const passthrough = body["loadBalancingScheme"] === INTERNAL || scope !== "global";
  const protocol = asText(body["protocol"]) ?? (passthrough ? "TCP" : "HTTP");
  return {
    protocol,
    sessionAffinity: "NONE",
    timeoutSec: TIMEOUT_DEFAULT_SEC,
    connectionDraining: { drainingTimeoutSec: 0 },
    ...(passthrough ? {} : { port: 80, portName: "http", enableCDN: false }),
  };
}

function completeBackend(backend: JsonObject, service: JsonObject, scope: Scope, at: number): JsonObject {
  const field = `resource.backends[${at}]`;
  if (asText(backend["group"]) === undefined) throw required(`${field}.group`);
  const passthrough = service["loadBalancingScheme"] === INTERNAL || scope !== "global";
  const balancingMode = asText(backend["balancingMode"]) ?? (passthrough ? "CONNECTION" : "UTILIZATION");
  if (passthrough && balancingMode !== "CONNECTION") {
    throw invalid(
      `${field}.balancingMode`,
      balancingMode,
      "Balancing mode must be CONNECTION for a passthrough load balancer.",
    );
  }
  const limits = ["maxConnections", "maxConnectionsPerInstance", "maxRate", "maxRatePerInstance"];
  const limited = limits.some((limit) => backend[limit] !== undefined);
  if (passthrough && limited)
    throw invalidUse(
      `Invalid value for field '${field}': limits are not supported for a passthrough load balancer.`,
    );
  if (!passthrough && balancingMode !== "UTILIZATION" && !limited) {
    throw invalidUse(
      `Invalid value for field '${field}': balancing mode ${balancingMode} needs a target such as maxConnections or maxConnectionsPerInstance.`,
    );
  }
  return { ...(passthrough ? {} : { capacityScaler: 1 }), ...backend, balancingMode };
}

/** "backend services point to the same instance group but the backends have incompatible balancing_mode" */
function checkSharedGroups(
  backends: readonly JsonObject[],
  world: World,
  self: Row | undefined,
  name: string,
): void {
  for (const backend of backends) {
    const path = asText(backend["group"]) ?? "";
    const group = world.rows.at(path);
    for (const other of group === undefined ? [] : usersOf(group, "backendServices")) {
      if (other === self) continue;
      const theirs = asObjects(other.body["backends"]).find((entry) => entry["group"] === path);
      if (theirs === undefined || theirs["balancingMode"] === backend["balancingMode"]) continue;
      throw invalidUse(
        `Validation failed for instance group '${path}': backend services '${other.path}' and '${name}' point to the same instance group but the backends have incompatible balancing_mode. Values should be the same.`,
      );
    }
  }
}

function checkInternal(body: JsonObject, world: World): void {
  if (body["portName"] !== undefined)
    throw invalid(
      "resource.portName",
      body["portName"],
      "Port name is not supported for an internal load balancer.",
    );
  if (asTexts(body["healthChecks"]).length === 0) throw required("resource.healthChecks");
  for (const path of asTexts(body["healthChecks"])) {
    const check = world.rows.at(path);
    const serving = Object.values(check?.body ?? {}).some(
      (probe) => asObject(probe)["portSpecification"] === "USE_SERVING_PORT",
    );
    if (serving)
      throw invalid(
        "resource.healthChecks[0]",
        path,
        "Health checks of an internal load balancer cannot use the serving port.",
      );
  }
}

function complete(
  sent: JsonObject,
  world: World,
  scope: Scope,
  name: string,
  self: Row | undefined,
): JsonObject {
  const scheme = asText(sent["loadBalancingScheme"]) ?? "EXTERNAL";
  if (scheme === INTERNAL && scope === "global")
    throw invalid("resource.loadBalancingScheme", scheme, "A global backend service cannot be INTERNAL.");
  const body: JsonObject = {
    ...defaultsFor({ ...sent, loadBalancingScheme: scheme }, scope),
    ...sent,
    loadBalancingScheme: scheme,
  };
  if (asList(body["healthChecks"]).length > 1)
    throw invalid("resource.healthChecks", body["healthChecks"], "At most one health check is allowed.");
  if (scheme === INTERNAL) checkInternal(body, world);
  const seconds = asNumber(asObject(body["connectionDraining"])["drainingTimeoutSec"]) ?? 0;
  if (seconds > DRAINING_MOST_SEC)
    throw invalid(
      "resource.connectionDraining.drainingTimeoutSec",
      seconds,
      `Must be at most ${DRAINING_MOST_SEC}.`,
    );
  const backends = asObjects(body["backends"]).map((backend, at) =>
    completeBackend(backend, body, scope, at),
  );
  const groups = backends.map((backend) => backend["group"]);
  if (new Set(groups).size !== groups.length) throw invalidUse("Duplicate instance groups in backends.");
  checkSharedGroups(backends, world, self, name);
  return { ...body, backends };
}

const getHealth: Verb = ({ row, world, body }) => {
  const group = relativePath(asText(body["group"]) ?? "", row.project, "resource.group");
  if (!asObjects(row.body["backends"]).some((backend) => backend["group"] === group)) {
    throw invalid("resource.group", group, "The group is not a backend of the service.");
  }
  const members = healthOf(world, row).filter((member) => member.group === group);
  return {
    answer: {
      kind: "compute#backendServiceGroupHealth",
      ...(members.length === 0
        ? {}
        : {
            healthStatus: members.map(({ machine, port, healthy }) => ({
              instance: world.link(machine.path),
              ipAddress: machine.networkIP,
              port,
              healthState: healthy ? "HEALTHY" : "UNHEALTHY",
            })),
          }),
    },
  };
};

export const backendServices: Kind = {
  collection: "backendServices",
  noun: "backendService",
  scopes: ["global", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch", "Update"],
  references: [
    { at: "healthChecks.*", to: ["healthChecks"] },
    { at: "backends.*.group", to: ["instanceGroups"], fullUrl: true },
    { at: "network", to: ["networks"] },
  ],
  immutable: ["loadBalancingScheme", "network"],
  enums: {
    loadBalancingScheme: [
      "EXTERNAL",
      "INTERNAL",
      "EXTERNAL_MANAGED",
      "INTERNAL_MANAGED",
      "INTERNAL_SELF_MANAGED",
    ],
    protocol: ["TCP", "UDP", "SSL", "HTTP", "HTTPS", "HTTP2", "H2C", "GRPC", "UNSPECIFIED"],
    sessionAffinity: [
      "NONE",
      "CLIENT_IP",
      "CLIENT_IP_PROTO",
      "CLIENT_IP_PORT_PROTO",
      "CLIENT_IP_NO_DESTINATION",
      "GENERATED_COOKIE",
      "HTTP_COOKIE",
      "HEADER_FIELD",
      "STRONG_COOKIE_AFFINITY",
    ],
    "backends.balancingMode": ["CONNECTION", "UTILIZATION", "RATE", "CUSTOM_METRICS"],
  },
  integers: { timeoutSec: [1, TIMEOUT_MOST_SEC] },
  fingerprint: "required",
  usage: () => [{ metric: "BACKEND_SERVICES", region: "global", amount: 1 }],
  prepare: (body, { world, scope, name }) => complete(body, world, scope, name, undefined),
  prepareChange: (next, { world, row }) => complete(next, world, row.scope, row.name, row),
  verbs: { GetHealth: getHealth },
};
