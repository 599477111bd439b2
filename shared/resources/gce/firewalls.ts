/** The openings of the cluster as VPC firewall rules, in the project that holds the network. */
import { IDENTITY, PATCH, REPLACE } from "../change-table.ts";
import { roleName } from "../names.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { openings } from "./firewall-rules.ts";
import { computeUrl, globalRef, networkProject, networkRef } from "./places.ts";

const PRIORITY = 1000;

export const firewalls = computeKind({
  kind: "firewalls",
  collection: "firewalls",
  after: ["networks"],
  condition: "NetworkReady",
  where: (cluster) => ({ project: networkProject(cluster), scope: "global" }),
  desire: (cluster) =>
    openings(cluster).map((opening) => {
      const name = roleName(cluster, opening.role);
      return {
        name,
        ref: globalRef("firewalls", networkProject(cluster), name),
        purpose: `a way in for ${opening.purpose}`,
        body: {
          name,
          description: marker(cluster, opening.purpose),
          network: computeUrl(networkRef(cluster)),
          direction: "INGRESS",
          priority: PRIORITY,
          allowed: opening.allowed,
          ...(opening.fromRanges === undefined ? {} : { sourceRanges: opening.fromRanges }),
          ...(opening.fromTags === undefined ? {} : { sourceTags: opening.fromTags }),
          targetTags: [opening.toTag],
        },
      };
    }),
  table: {
    ...IDENTITY,
    // A rule holds nothing: it is missing for the seconds between.
    network: REPLACE,
    direction: REPLACE,
    priority: PATCH,
    sourceRanges: { change: "patch", otherwise: [] },
    sourceTags: { change: "patch", otherwise: [] },
    targetTags: { change: "patch", otherwise: [] },
    allowed: PATCH,
    denied: { change: "patch", otherwise: [] },
    disabled: { change: "patch", otherwise: false },
  },
});
