/** Reserved addresses: internal ones of a subnetwork, external ones of a region or of all. */
import {
  holdAddress,
  ownerOf,
  promoteInternal,
  releaseExternal,
  releaseInternal,
  takeExternal,
  takeInternal,
} from "../addresses.ts";
import { invalid, notModelled } from "../api-error.ts";
import { asText, asTexts, without } from "../json.ts";
import { pathOf, regionOf } from "../links.ts";
import type { Row } from "../row.ts";
import type { Kind, World } from "../world.ts";

const INTERNAL_PURPOSES = [
  "GCE_ENDPOINT",
  "SHARED_LOADBALANCER_VIP",
  "DNS_RESOLVER",
  "VPC_PEERING",
  "PRIVATE_SERVICE_CONNECT",
  "IPSEC_INTERCONNECT",
  "SERVERLESS",
];

function networkOf(row: Row, world: World): string {
  const subnetwork = world.rows.at(asText(row.body["subnetwork"]) ?? "");
  return asText(subnetwork?.body["network"]) ?? "";
}

export const addresses: Kind = {
  collection: "addresses",
  noun: "address",
  scopes: ["global", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete"],
  references: [
    { at: "subnetwork", to: ["subnetworks"] },
    { at: "network", to: ["networks"] },
  ],
  // Source: compute.proto, Address.address_type and network_tier.
  defaults: { addressType: "EXTERNAL" },
  outputOnly: ["status", "users"],
  enums: {
    addressType: ["EXTERNAL", "INTERNAL"],
    networkTier: ["PREMIUM", "STANDARD"],
    ipVersion: ["IPV4", "IPV6"],
    purpose: [...INTERNAL_PURPOSES, "NAT_AUTO"],
  },
  labels: "by setLabels only",
  usage: ({ scope }, body) =>
    body["addressType"] === "INTERNAL"
      ? [{ metric: "INTERNAL_ADDRESSES", region: regionOf(scope), amount: 1 }]
      : [{ metric: "STATIC_ADDRESSES", region: regionOf(scope), amount: 1 }],
  prepare(body, { world, project, scope, name }) {
    const path = pathOf({ project, scope, collection: "addresses", name });
    const wanted = asText(body["address"]);
    if (body["ipVersion"] === "IPV6") throw notModelled("IPv6 addresses");
    if (body["addressType"] === "INTERNAL") {
      if (scope === "global") throw notModelled("global internal addresses");
      const subnetwork = world.rows.at(asText(body["subnetwork"]) ?? "");
      if (subnetwork === undefined)
        throw invalid("resource.subnetwork", "", "An internal address needs a subnetwork.");
      if (subnetwork.scope !== scope)
        throw invalid(
          "resource.subnetwork",
          subnetwork.path,
          "The subnetwork must be in the address's region.",
        );
      const machine = wanted === undefined ? undefined : promoteInternal(world, subnetwork, path, wanted);
      const address = machine === undefined ? takeInternal(world, subnetwork, path, wanted) : (wanted ?? "");
      return {
        purpose: "GCE_ENDPOINT",
        networkTier: "PREMIUM",
        ...body,
        address,
        ...(machine === undefined ? {} : { users: [pathOf(machine)] }),
        status: "RESERVING",
      };
    }
    if (body["subnetwork"] !== undefined)
      throw invalid("resource.subnetwork", body["subnetwork"], "An external address has no subnetwork.");
    if (wanted !== undefined && ownerOf(world.externalPool, wanted) === undefined) {
      throw invalid("resource.address", wanted, "An external address cannot be chosen.");
    }
    return { networkTier: "PREMIUM", ...body, address: takeExternal(world, path), status: "RESERVING" };
  },
  ready(row, world) {
    const [machine] = asTexts(row.body["users"]);
    const user = machine === undefined ? undefined : world.rows.at(machine);
    if (user !== undefined) holdAddress(world, pathOf(row), user);
    world.settle(row, { ...without(row.body, ["users"]), status: "RESERVED" });
  },
  removed(row, world) {
    const address = asText(row.body["address"]) ?? "";
    if (row.body["addressType"] === "INTERNAL") releaseInternal(world, networkOf(row, world), address, row);
    else releaseExternal(world, address, row);
  },
  render(row, world) {
    const users = [...(row.users ?? [])].map((user) => world.link(user.path));
    return users.length === 0 ? {} : { status: "IN_USE", users };
  },
};
