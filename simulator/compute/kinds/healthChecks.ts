/** Health checks, global and regional. */

import { invalid, required } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { checkEnum, checkInteger } from "../formats.ts";
import { asObject } from "../json.ts";
import type { Kind } from "../world.ts";

const TYPES: Readonly<Record<string, { readonly field: string; readonly port: number }>> = {
  TCP: { field: "tcpHealthCheck", port: 80 },
  SSL: { field: "sslHealthCheck", port: 443 },
  HTTP: { field: "httpHealthCheck", port: 80 },
  HTTPS: { field: "httpsHealthCheck", port: 443 },
  HTTP2: { field: "http2HealthCheck", port: 443 },
  GRPC: { field: "grpcHealthCheck", port: 0 },
};
/** Seconds and counts. Source: compute.proto, HealthCheck; ranges: https://cloud.google.com/load-balancing/docs/health-checks */
const SECONDS_MOST = 300;
const THRESHOLD_MOST = 10;
const INTERVAL_DEFAULT_SEC = 5;
const THRESHOLD_DEFAULT = 2;
const PORT_MOST = 65_535;

function prepare(body: JsonObject): JsonObject {
  const type = String(body["type"] ?? "");
  const known = TYPES[type];
  if (known === undefined) {
    if (type === "") throw required("resource.type");
    throw invalid("resource.type", type, `Must be one of: ${Object.keys(TYPES).join(", ")}.`);
  }
  for (const other of Object.values(TYPES)) {
    if (other.field !== known.field && body[other.field] !== undefined) {
      throw invalid(`resource.${other.field}`, body[other.field], `It does not fit the type ${type}.`);
    }
  }
  const interval = Number(body["checkIntervalSec"] ?? INTERVAL_DEFAULT_SEC);
  const timeout = Number(body["timeoutSec"] ?? INTERVAL_DEFAULT_SEC);
  if (timeout > interval)
    throw invalid("resource.timeoutSec", timeout, "It must not be greater than checkIntervalSec.");
  const probe = asObject(body[known.field]);
  checkEnum(
    probe["portSpecification"],
    ["USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"],
    `resource.${known.field}.portSpecification`,
  );
  checkInteger(probe["port"], 1, PORT_MOST, `resource.${known.field}.port`);
  const fixed = probe["portSpecification"] === undefined || probe["portSpecification"] === "USE_FIXED_PORT";
  return {
    ...body,
    [known.field]: {
      ...(fixed ? { port: known.port } : {}),
      proxyHeader: "NONE",
      ...(type.startsWith("HTTP") ? { requestPath: "/" } : {}),
      ...probe,
    },
  };
}

export const healthChecks: Kind = {
  collection: "healthChecks",
  noun: "healthCheck",
  scopes: ["global", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch", "Update"],
  defaults: {
    checkIntervalSec: INTERVAL_DEFAULT_SEC,
    timeoutSec: INTERVAL_DEFAULT_SEC,
    healthyThreshold: THRESHOLD_DEFAULT,
    unhealthyThreshold: THRESHOLD_DEFAULT,
  },
  integers: {
    checkIntervalSec: [1, SECONDS_MOST],
    timeoutSec: [1, SECONDS_MOST],
    healthyThreshold: [1, THRESHOLD_MOST],
    unhealthyThreshold: [1, THRESHOLD_MOST],
  },
  usage: () => [{ metric: "HEALTH_CHECKS", region: "global", amount: 1 }],
  prepare,
  prepareChange: (next) => prepare(withoutOthers(next)),
};
/** A patch that changes the type leaves the old type's fields behind: the server drops them. */
function withoutOthers(body: JsonObject): JsonObject {
  const kept = TYPES[String(body["type"] ?? "")]?.field;
  const drop = new Set(Object.values(TYPES).map(({ field }) => field));
  return Object.fromEntries(Object.entries(body).filter(([key]) => key === kept || !drop.has(key)));
}
