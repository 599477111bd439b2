/** Forwarding rules: the address and ports of a load balancer. */
import {
  holdAddress,
  ownerOf,
  releaseExternal,
  releaseInternal,
  reservationOf,
  takeExternal,
  takeInternal,
} from "../addresses.ts";
import { invalid, invalidUse, required } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { addressToNumber } from "../ip.ts";
import { asText, asTexts } from "../json.ts";
import { pathOf, regionOf, relativePath } from "../links.ts";
import { changed } from "../mutations.ts";
import { resolveReferences } from "../references.ts";
import type { Row } from "../row.ts";
import type { Kind, Request, Verb, World } from "../world.ts";

/** Source: compute.proto, ForwardingRule.ports: "up to five ports by number". */
const PORTS_MAX = 5;
const PORT = /^\d{1,5}(-\d{1,5})?$/;

const REFERENCES = [
  { at: "backendService", to: ["backendServices"] },
  { at: "target", to: ["targetTcpProxies"] },
  { at: "network", to: ["networks"] },
  { at: "subnetwork", to: ["subnetworks"] },
] as const;

function checkPorts(body: JsonObject, internal: boolean): JsonObject {
  const ports = asTexts(body["ports"]);
  const range = asText(body["portRange"]);
  const all = body["allPorts"] === true;
  if ([ports.length > 0, range !== undefined, all].filter(Boolean).length > 1) {
    throw invalidUse("The ports, portRange, and allPorts fields are mutually exclusive.");
  }
  if (ports.length > PORTS_MAX)
    throw invalid("resource.ports", ports.length, `At most ${PORTS_MAX} ports are allowed.`);
  for (const port of [...ports, ...(range === undefined ? [] : [range])]) {
    if (!PORT.test(port)) throw invalid("resource.ports", port, "Must be a port or a range like 80-90.");
  }
  if (internal && range !== undefined)
    throw invalid("resource.portRange", range, "An internal forwarding rule takes ports or allPorts.");
  if (internal && ports.length === 0 && !all) throw required("resource.ports");
  return range === undefined || range.includes("-") ? body : { ...body, portRange: `${range}-${range}` };
}

/** An address as text: a literal, or the address of the resource that a link names. */
function wantedAddress(body: JsonObject, { world, project }: Request): string | undefined {
  const wanted = asText(body["IPAddress"]);
  if (wanted === undefined || addressToNumber(wanted) !== undefined) return wanted;
  const path = relativePath(wanted, project, "resource.IPAddress");
  const row = world.rows.at(path);
  if (row === undefined || row.collection !== "addresses") {
    throw invalid("resource.IPAddress", wanted, "The referenced address resource cannot be found.");
  }
  return asText(row.body["address"]);
}

/** Two rules may share an address only where their ports differ. */
function portsOf(body: JsonObject): readonly (readonly [number, number])[] {
  if (body["allPorts"] === true) return [[0, 65_535]];
  const texts = [
    ...asTexts(body["ports"]),
    ...(asText(body["portRange"]) === undefined ? [] : [String(body["portRange"])]),
  ];
  if (texts.length === 0) return [[0, 65_535]];
  return texts.map((text) => {
    const [first = "", last = first] = text.split("-");
    return [Number(first), Number(last)] as const;
  });
}
function checkConflict(body: JsonObject, reservation: Row | undefined): void {
  for (const user of reservation?.users ?? []) {
    if (user.collection !== "forwardingRules" || user.body["IPProtocol"] !== body["IPProtocol"]) continue;
    const clash = portsOf(user.body).some(([low, high]) =>
      portsOf(body).some(([first, last]) => first <= high && low <= last),
    );
    if (clash)
      throw invalid(
        "resource.IPAddress",
        asText(user.body["IPAddress"]) ?? "",
        "Specified IP address is in-use and would result in a conflict.",
      );
  }
}

function prepareInternal(body: JsonObject, request: Request, path: string): JsonObject {
  const { world, scope } = request;
  const subnetwork = world.rows.at(asText(body["subnetwork"]) ?? "");
  if (subnetwork === undefined)
    throw invalid(
      "resource.subnetwork",
      "",
      "Subnetwork must be specified for an internal forwarding rule in a custom mode network.",
    );
  if (subnetwork.scope !== scope)
    throw invalid("resource.subnetwork", subnetwork.path, "It must be in the rule's region.");
  const network = asText(subnetwork.body["network"]) ?? "";
  if (body["network"] !== undefined && body["network"] !== network)
    throw invalid("resource.network", body["network"], "The subnetwork is not in this network.");
  const service = world.rows.at(asText(body["backendService"]) ?? "");
  if (service === undefined) throw required("resource.backendService");
  if (service.body["loadBalancingScheme"] !== "INTERNAL")
    throw invalid("resource.backendService", service.path, "Its load balancing scheme must be INTERNAL.");
  const wanted = wantedAddress(body, request);
  if (wanted !== undefined)
    checkConflict(body, reservationOf(world, ownerOf(world.internalPool(network), wanted)));
  return {
    ...body,
    network,
    IPAddress: takeInternal(world, subnetwork, path, wanted),
    serviceName: "",
    allowGlobalAccess: body["allowGlobalAccess"] === true,
  };
}

function prepareExternal(body: JsonObject, request: Request, path: string): JsonObject {
  const { world, scope } = request;
  const service = asText(body["backendService"]);
  const target = asText(body["target"]);
  if ((service === undefined) === (target === undefined))
    throw invalidUse("Exactly one of 'target' and 'backendService' must be specified.");
  if (scope === "global" && target === undefined) throw required("resource.target");
  if (scope !== "global" && body["subnetwork"] !== undefined)
    throw invalid(
      "resource.subnetwork",
      body["subnetwork"],
      "An external IPv4 forwarding rule has no subnetwork.",
    );
  const found = world.rows.at(service ?? "");
  if (found !== undefined && found.body["loadBalancingScheme"] !== "EXTERNAL") {
    throw invalid("resource.backendService", service, "Its load balancing scheme must be EXTERNAL.");
  }
  const wanted = wantedAddress(body, request);
  const reservation =
    wanted === undefined ? undefined : reservationOf(world, ownerOf(world.externalPool, wanted));
  if (reservation !== undefined && reservation.scope !== scope) {
    throw invalid(
      "resource.IPAddress",
      wanted,
      `The address must be ${scope === "global" ? "global" : `in ${scope}`}.`,
    );
  }
  checkConflict(body, reservation);
  const shared = reservation !== undefined && (reservation.users?.size ?? 0) > 0;
  return { ...body, IPAddress: shared ? wanted : takeExternal(world, path, wanted) };
}

const setTarget: Verb = (request) => {
  const { row, body, world } = request;
  const resolved = resolveReferences(
    world,
    { references: REFERENCES },
    { target: body["target"] },
    row.project,
  );
  return changed(request, "setTarget", { ...row.body, target: resolved["target"] });
};

function hold(row: Row, world: World): void {
  const address = asText(row.body["IPAddress"]) ?? "";
  const internal = row.body["loadBalancingScheme"] === "INTERNAL";
  const pool = internal ? world.internalPool(asText(row.body["network"]) ?? "") : world.externalPool;
  holdAddress(world, ownerOf(pool, address), row);
}

export const forwardingRules: Kind = {
  collection: "forwardingRules",
  noun: "forwardingRule",
  scopes: ["global", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch"],
  references: REFERENCES,
  // Source: compute.proto, ForwardingRule.
  defaults: { loadBalancingScheme: "EXTERNAL", IPProtocol: "TCP", networkTier: "PREMIUM" },
  outputOnly: ["serviceName", "pscConnectionId", "pscConnectionStatus"],
  immutable: [
    "IPAddress",
    "IPProtocol",
    "loadBalancingScheme",
    "ports",
    "portRange",
    "allPorts",
    "network",
    "subnetwork",
  ],
  enums: {
    loadBalancingScheme: [
      "EXTERNAL",
      "INTERNAL",
      "EXTERNAL_MANAGED",
      "INTERNAL_MANAGED",
      "INTERNAL_SELF_MANAGED",
    ],
    IPProtocol: ["TCP", "UDP", "ESP", "AH", "SCTP", "ICMP", "L3_DEFAULT"],
    networkTier: ["PREMIUM", "STANDARD"],
  },
  labels: "by setLabels only",
  fingerprint: "optional",
  usage: ({ scope }) => [{ metric: "FORWARDING_RULES", region: regionOf(scope), amount: 1 }],
  prepare(body, request) {
    const { project, scope, name } = request;
    const path = pathOf({ project, scope, collection: "forwardingRules", name });
    const internal = body["loadBalancingScheme"] === "INTERNAL";
    const checked = checkPorts(body, internal);
    return internal ? prepareInternal(checked, request, path) : prepareExternal(checked, request, path);
  },
  inserted: hold,
  removed(row, world) {
    const address = asText(row.body["IPAddress"]) ?? "";
    if (row.body["loadBalancingScheme"] === "INTERNAL")
      releaseInternal(world, asText(row.body["network"]) ?? "", address, row);
    else releaseExternal(world, address, row);
  },
  verbs: { SetTarget: setTarget },
};
