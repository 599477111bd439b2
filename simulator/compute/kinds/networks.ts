/** VPC networks: custom, auto and legacy mode. */
import { invalid } from "../api-error.ts";
import type { Kind } from "../kind.ts";
import { pathOf } from "../links.ts";
import { usersOf } from "../references.ts";

/** Source: compute.proto, Network.mtu: 1300 to 8896, default 1460. */
const MTU_LEAST = 1_300;
const MTU_MOST = 8_896;
const MTU_DEFAULT = 1_460;

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
    if (body["autoCreateSubnetworks"] === true) {
      throw invalid(
        "resource.autoCreateSubnetworks",
        true,
        "The simulated cloud does not model auto mode networks. Set it to false and create subnetworks.",
      );
    }
    return {
      mtu: MTU_DEFAULT,
      networkFirewallPolicyEnforcementOrder: "AFTER_CLASSIC_FIREWALL",
      ...body,
      routingConfig: body["routingConfig"] ?? { routingMode: "REGIONAL" },
    };
  },
  removed: (row, world) => world.forgetPool(pathOf(row)),
  render(row, world) {
    const subnetworks = usersOf(row, "subnetworks").map((subnetwork) => world.link(pathOf(subnetwork)));
    return subnetworks.length === 0 ? {} : { subnetworks };
  },
};
