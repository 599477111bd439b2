/** Target TCP proxies, which lead a global forwarding rule to a backend service. */

import { invalid } from "../api-error.ts";
import { checkEnum } from "../formats.ts";
import { asText } from "../json.ts";
import { changed } from "../mutations.ts";
import { resolveReferences } from "../references.ts";
import type { Kind, Verb } from "../world.ts";

const REFERENCES = [{ at: "service", to: ["backendServices"] }] as const;
const HEADERS = ["NONE", "PROXY_V1"];

const setBackendService: Verb = (request) => {
  const { row, body, world } = request;
  const { service } = resolveReferences(
    world,
    { references: REFERENCES },
    { service: body["service"] },
    row.project,
  );
  return changed(request, "targetTcpProxySetBackendService", { ...row.body, service });
};
const setProxyHeader: Verb = (request) => {
  const { row, body } = request;
  checkEnum(body["proxyHeader"], HEADERS, "proxyHeader");
  return changed(request, "targetTcpProxySetProxyHeader", {
    ...row.body,
    proxyHeader: body["proxyHeader"] ?? "NONE",
  });
};

export const targetTcpProxies: Kind = {
  collection: "targetTcpProxies",
  noun: "targetTcpProxy",
  scopes: ["global"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete"],
  references: REFERENCES,
  required: ["service"],
  defaults: { proxyHeader: "NONE" },
  enums: { proxyHeader: HEADERS },
  usage: () => [{ metric: "TARGET_TCP_PROXIES", region: "global", amount: 1 }],
  prepare(body, { world }) {
    const service = world.rows.at(asText(body["service"]) ?? "");
    if (service !== undefined && !["TCP", "SSL"].includes(asText(service.body["protocol"]) ?? "")) {
      throw invalid("resource.service", service.name, "The backend service's protocol must be TCP.");
    }
    return body;
  },
  verbs: { SetBackendService: setBackendService, SetProxyHeader: setProxyHeader },
};
