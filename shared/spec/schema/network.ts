/** The section `network`: address ranges, pod network, and who reaches the API. */
import { z } from "zod";
import { section } from "./section.ts";
import { cidr, text, uniqueList } from "./text.ts";

export const NETWORK_PLUGINS = ["cilium", "calico", "alias-ip"] as const;

/** Source: GKE takes 50 authorized networks; a firewall rule has room for more. */
const ALLOWED_RANGES_MAX = 50;
const PROJECT = "[a-z][-a-z0-9]{4,28}[a-z0-9]";
const NAME = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?";

export const networkSection = section({
  nodes: cidr()
    .default("10.10.0.0/20")
    .describe("Addresses of machines: the subnetwork's primary range. It can grow, not shrink or move."),
  pods: cidr().default("10.64.0.0/14").describe("Addresses of pods; every node takes a /24 of it."),
  services: cidr().default("10.96.0.0/20").describe("Addresses of Services."),
  plugin: z
    .enum(NETWORK_PLUGINS)
    .default("cilium")
    .describe("What connects pods: Cilium, Calico, or alias ranges of Compute Engine's own network."),
  nodesPrivate: z
    .boolean()
    .default(true)
    .describe("Machines have no public addresses and reach the internet through Cloud NAT."),
  api: section({
    access: z
      .enum(["public", "private"])
      .default("public")
      .describe(
        "Whether the Kubernetes API has an address on the internet, or only one inside of the network. Both demand a certificate or a token.",
      ),
    allowedFrom: uniqueList(cidr(), ALLOWED_RANGES_MAX)
      .optional()
      .describe(
        "Ranges that may reach the API. Without it: a public API everyone (0.0.0.0/0), a private one the cluster's own network only.",
      ),
  })
    .prefault({})
    .describe("Who reaches the Kubernetes API."),
  existing: section({
    network: text(
      new RegExp(`^(projects/${PROJECT}/global/networks/)?${NAME}$`),
      "a network",
      "write its name, or projects/HOST/global/networks/NAME for a shared VPC",
      160,
    ).describe(
      "A network that is there already: a name, or `projects/HOST/global/networks/NAME` of a shared VPC, whose host project the control plane must allow.",
    ),
    subnetwork: text(
      new RegExp(`^(projects/${PROJECT}/regions/[a-z]+-[a-z]+[0-9]{1,2}/subnetworks/)?${NAME}$`),
      "a subnetwork",
      "write its name, or projects/HOST/regions/REGION/subnetworks/NAME for a shared VPC",
      160,
    ).describe(
      "A subnetwork of that network, in the cluster's region. `network.nodes` repeats its primary range.",
    ),
  })
    .optional()
    .describe("Bring your own network, from a shared VPC too. It is used, never changed and never deleted."),
}).prefault({});
