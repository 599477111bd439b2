/** Cloud routers with their NAT gateways. */
import { invalid, required } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { checkEnum, checkInteger, checkName } from "../formats.ts";
import { asList, asObjects, asText } from "../json.ts";

import { usersOf } from "../references.ts";
import type { Row } from "../row.ts";
import type { Kind, Verb, World } from "../world.ts";

/** Source: compute.proto, RouterNat.min_ports_per_vm and max_ports_per_vm; dynamic allocation starts at 32. */
const PORTS_LEAST = 2;
const PORTS_MOST = 65_536;
const PORTS_DEFAULT = 64;
const DYNAMIC_PORTS_DEFAULT = 32;
/** Source: https://cloud.google.com/nat/quota */
const NATS_MAX = 50;
const ALL_RANGES = "ALL_SUBNETWORKS_ALL_IP_RANGES";

function prepareNat(nat: JsonObject, at: number): JsonObject {
  const field = `resource.nats[${at}]`;
  checkName(nat["name"], `${field}.name`);
  checkEnum(nat["natIpAllocateOption"], ["AUTO_ONLY", "MANUAL_ONLY"], `${field}.natIpAllocateOption`);
  if (nat["natIpAllocateOption"] === undefined) throw required(`${field}.natIpAllocateOption`);
  const ranges = nat["sourceSubnetworkIpRangesToNat"];
  checkEnum(
    ranges,
    [ALL_RANGES, "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS", "LIST_OF_IPV6_SUBNETWORKS"],
    `${field}.sourceSubnetworkIpRangesToNat`,
  );
  if (ranges === undefined) throw required(`${field}.sourceSubnetworkIpRangesToNat`);
  if (ranges === "LIST_OF_SUBNETWORKS" && asList(nat["subnetworks"]).length === 0)
    throw required(`${field}.subnetworks`);
  if (ranges !== "LIST_OF_SUBNETWORKS" && asList(nat["subnetworks"]).length > 0) {
    throw invalid(
      `${field}.subnetworks`,
      nat["subnetworks"],
      "Subnetworks may be listed only with LIST_OF_SUBNETWORKS.",
    );
  }
  const manual = nat["natIpAllocateOption"] === "MANUAL_ONLY";
  if (manual !== asList(nat["natIps"]).length > 0) {
    throw invalid(
      `${field}.natIps`,
      nat["natIps"] ?? [],
      "Addresses are given with MANUAL_ONLY and only then.",
    );
  }
  checkInteger(nat["minPortsPerVm"], PORTS_LEAST, PORTS_MOST, `${field}.minPortsPerVm`);
  const dynamic = nat["enableDynamicPortAllocation"] === true;
  if (dynamic && nat["enableEndpointIndependentMapping"] === true) {
    throw invalid(
      `${field}.enableEndpointIndependentMapping`,
      true,
      "It cannot be combined with dynamic port allocation.",
    );
  }
  return {
    enableDynamicPortAllocation: false,
    enableEndpointIndependentMapping: false,
    endpointTypes: ["ENDPOINT_TYPE_VM"],
    type: "PUBLIC",
    minPortsPerVm: dynamic ? DYNAMIC_PORTS_DEFAULT : PORTS_DEFAULT,
    ...nat,
  };
}

/** ALL_SUBNETWORKS_ALL_IP_RANGES allows no other NAT in the same network and region. */
function checkNeighbours(world: World, body: JsonObject, scope: string, self: Row | undefined): void {
  const network = world.rows.at(asText(body["network"]) ?? "");
  const others = (network === undefined ? [] : usersOf(network, "routers")).filter(
    (row) => row !== self && row.scope === scope,
  );
  const nats = [...asObjects(body["nats"]), ...others.flatMap((row) => asObjects(row.body["nats"]))];
  if (
    nats.length > 1 &&
    asObjects(body["nats"]).length > 0 &&
    nats.some((nat) => nat["sourceSubnetworkIpRangesToNat"] === ALL_RANGES)
  ) {
    throw invalid(
      "resource.nats",
      nats.map((nat) => nat["name"]),
      `With ${ALL_RANGES} there can be no other NAT in the network and region.`,
    );
  }
}

function prepareNats(body: JsonObject, world: World, scope: string, self: Row | undefined): JsonObject {
  const nats = asObjects(body["nats"]);
  if (nats.length > NATS_MAX) throw invalid("resource.nats", nats.length, `At most ${NATS_MAX} are allowed.`);
  const names = nats.map((nat) => nat["name"]);
  if (new Set(names).size !== names.length)
    throw invalid("resource.nats", names, "NAT names must be unique within the router.");
  const prepared = nats.length === 0 ? body : { ...body, nats: nats.map(prepareNat) };
  checkNeighbours(world, prepared, scope, self);
  return prepared;
}

const getRouterStatus: Verb = ({ row, world }) => ({
  answer: {
    kind: "compute#routerStatusResponse",
    result: {
      network: world.link(asText(row.body["network"]) ?? ""),
      natStatus: asObjects(row.body["nats"]).map((nat) => ({
        name: nat["name"],
        minExtraNatIpsNeeded: 0,
        numVmEndpointsWithNatMappings: 0,
      })),
    },
  },
});

export const routers: Kind = {
  collection: "routers",
  noun: "router",
  scopes: ["regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch", "Update"],
  references: [
    { at: "network", to: ["networks"] },
    { at: "nats.*.subnetworks.*.name", to: ["subnetworks"] },
    { at: "nats.*.natIps.*", to: ["addresses"] },
  ],
  required: ["network"],
  immutable: ["network"],
  usage: () => [{ metric: "ROUTERS", region: "global", amount: 1 }],
  prepare: (body, { world, scope }) => prepareNats(body, world, scope, undefined),
  prepareChange: (next, { world, row }) => prepareNats(next, world, row.scope, row),
  verbs: { GetRouterStatus: getRouterStatus },
};

/** Does a router give the machines of this subnetwork a way out? */
export function hasNat(world: World, subnetwork: Row): boolean {
  const network = world.rows.at(asText(subnetwork.body["network"]) ?? "");
  if (network === undefined) return false;
  const path = subnetwork.path;
  return usersOf(network, "routers")
    .filter((router) => router.scope === subnetwork.scope && router.state === "ready")
    .flatMap((router) => asObjects(router.body["nats"]))
    .some(
      (nat) =>
        nat["sourceSubnetworkIpRangesToNat"] !== "LIST_OF_SUBNETWORKS" ||
        asObjects(nat["subnetworks"]).some((listed) => listed["name"] === path),
    );
}
