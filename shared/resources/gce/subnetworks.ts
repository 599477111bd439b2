/** The subnetwork of the machines, with ranges of its own for pods and services. */

import { parseCidr } from "../../spec/cidr.ts";
import { IDENTITY, IGNORED, PATCH, refuse } from "../change-table.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { computeUrl, networkRef, PODS_RANGE, SERVICES_RANGE, subnetworkRef } from "./places.ts";

const NEW_CLUSTER = "Make a new cluster with the ranges that you want and move over.";

export const subnetworks = computeKind({
  kind: "subnetworks",
  collection: "subnetworks",
  after: ["networks"],
  steady: true,
  condition: "NetworkReady",
  where: (cluster) => ({ project: cluster.spec.project, scope: `regions/${cluster.spec.region}` }),
  desire: (cluster) => {
    const { network } = cluster.spec;
    if (network.existing !== undefined) return [];
    const ref = subnetworkRef(cluster);
    return [
      {
        name: ref.name,
        ref,
        purpose: `addresses for machines (${network.nodes}), pods (${network.pods}) and services (${network.services})`,
        body: {
          name: ref.name,
          description: marker(cluster, "subnetwork of the cluster's machines"),
          network: computeUrl(networkRef(cluster)),
          ipCidrRange: network.nodes,
          secondaryIpRanges: [
            { rangeName: PODS_RANGE, ipCidrRange: network.pods },
            { rangeName: SERVICES_RANGE, ipCidrRange: network.services },
          ],
          // Machines without public addresses reach Google's APIs by it.
          privateIpGoogleAccess: true,
          stackType: "IPV4_ONLY",
        },
      },
    ];
  },
  table: {
    ...IDENTITY,
    network: refuse(NEW_CLUSTER),
    region: IGNORED,
    ipCidrRange: {
      change: "call",
      verb: "subnetworks.expandIpCidrRange",
      body: (wanted) => ({ ipCidrRange: wanted.ipCidrRange }),
      // It only grows; one that was grown by hand stays so.
      same: (wanted, found) => rangeIncludes(String(found), String(wanted)),
    },
    secondaryIpRanges: PATCH,
    privateIpGoogleAccess: {
      change: "call",
      verb: "subnetworks.setPrivateIpGoogleAccess",
      body: (wanted) => ({ privateIpGoogleAccess: wanted.privateIpGoogleAccess ?? false }),
    },
    stackType: PATCH,
    gatewayAddress: IGNORED,
    fingerprint: IGNORED,
  },
});

function rangeIncludes(outer: string, inner: string): boolean {
  const whole = parseCidr(outer);
  const part = parseCidr(inner);
  return whole !== undefined && part !== undefined && whole.first <= part.first && part.last <= whole.last;
}
