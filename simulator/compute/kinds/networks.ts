/** VPC networks: custom, auto and legacy mode. */
import { inUse, invalid } from "../api-error.ts";
import { formatRange, parseRange } from "../ip.ts";

import { usersOf } from "../references.ts";
import type { Row } from "../row.ts";
import type { Kind, World } from "../world.ts";

/** Source: compute.proto, Network.mtu: 1300 to 8896, default 1460. */
const MTU_LEAST = 1_300;
const MTU_MOST = 8_896;
const MTU_DEFAULT = 1_460;
/** Auto mode gives every region a /20 of this. Source: https://cloud.google.com/vpc/docs/subnets#ip-ranges */
const AUTO_RANGE = parseRange("10.128.0.0/9");
const AUTO_SUBNETWORK_SIZE = 4_096;

function makeAutoSubnetworks(network: Row, world: World): void {
  for (const [at, region] of world.catalogue.regions.entries()) {
    const start = (AUTO_RANGE?.start ?? 0) + at * AUTO_SUBNETWORK_SIZE;
    world.create(
      { project: network.project, scope: `regions/${region}`, collection: "subnetworks", name: network.name },
      {
        network: network.path,
        ipCidrRange: formatRange({ start, size: AUTO_SUBNETWORK_SIZE }),
        privateIpGoogleAccess: false,
        stackType: "IPV4_ONLY",
        purpose: "PRIVATE",
        privateIpv6GoogleAccess: "DISABLE_GOOGLE_ACCESS",
      },
      "ready",
    );
  }
}
/** The subnetworks of an auto mode network go with it, while nothing is in them. @throws ApiError */
function dropAutoSubnetworks(network: Row, world: World): void {
  if (network.body["autoCreateSubnetworks"] !== true) return;
  const others = usersOf(network).filter(({ collection }) => collection !== "subnetworks");
  const [user] = [...others, ...usersOf(network, "subnetworks").flatMap((subnetwork) => usersOf(subnetwork))];
  if (user !== undefined) throw inUse("network", network.path, user.path);
  for (const subnetwork of usersOf(network, "subnetworks")) world.remove(subnetwork);
}

export const networks: Kind = {
  collection: "networks",
  noun: "network",
  scopes: ["global"],
  methods: ["Get", "List", "Insert", "Delete", "Patch"],
  outputOnly: ["subnetworks", "gatewayIPv4", "peerings", "firewallPolicy"],
  immutable: ["autoCreateSubnetworks", "IPv4Range", "description"],
  enums: {
    "routingConfig.routingMode": ["REGIONAL", "GLOBAL"],
    networkFirewallPolicyEnforcementOrder: ["AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"],
  },
  integers: { mtu: [MTU_LEAST, MTU_MOST] },
  usage: () => [{ metric: "NETWORKS", region: "global", amount: 1 }],
  prepare(body) {
    // "If not set, a legacy network is created" (compute.proto, Network.auto_create_subnetworks).
    if (body["autoCreateSubnetworks"] === undefined) {
      if (body["IPv4Range"] !== undefined) return body;
      throw invalid(
        "resource.IPv4Range",
        "",
        "A network without autoCreateSubnetworks is a legacy network and needs an IPv4Range. Set autoCreateSubnetworks to false or true to create a VPC network.",
      );
    }
    return {
      mtu: MTU_DEFAULT,
      networkFirewallPolicyEnforcementOrder: "AFTER_CLASSIC_FIREWALL",
      ...body,
      routingConfig: body["routingConfig"] ?? { routingMode: "REGIONAL" },
    };
  },
  ready(row, world) {
    if (row.body["autoCreateSubnetworks"] === true) makeAutoSubnetworks(row, world);
  },
  mayDelete: dropAutoSubnetworks,
  removed: (row, world) => world.forgetPool(row.path),
  render(row, world) {
    const subnetworks = usersOf(row, "subnetworks").map((subnetwork) => world.link(subnetwork.path));
    return subnetworks.length === 0 ? {} : { subnetworks };
  },
};

/** An auto mode network `default`, ready. */
export function createDefaultNetwork(world: World, project: string): void {
  const body = {
    autoCreateSubnetworks: true,
    description: "Default network for the project",
    mtu: MTU_DEFAULT,
    networkFirewallPolicyEnforcementOrder: "AFTER_CLASSIC_FIREWALL",
    routingConfig: { routingMode: "REGIONAL" },
  };
  const network = world.create(
    { project, scope: "global", collection: "networks", name: "default" },
    body,
    "ready",
  );
  makeAutoSubnetworks(network, world);
}
