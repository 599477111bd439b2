/** The openings of the cluster as VPC firewall rules, in the project that holds the network. */
import type { Firewall } from "../../ports/compute-types.ts";
import { IDENTITY, REPLACE } from "../change-table.ts";
import { roleName } from "../names.ts";
import { marker } from "../owner.ts";
import { computeKind } from "./compute-kind.ts";
import { openings } from "./firewall-rules.ts";
import { computeUrl, globalRef, networkProject, networkRef } from "./places.ts";

const PRIORITY = 1000;

/** Sent whole, so that what somebody added goes: a patch cannot empty a list. */
const WHOLE_RULE = {
  change: "call",
  verb: "firewalls.update",
  body: (wanted: Firewall) => ({ ...wanted }),
} as const;

export const firewalls = computeKind({
  kind: "firewalls",
  collection: "firewalls",
  after: ["networks"],
  steady: true,
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
    priority: WHOLE_RULE,
    sourceRanges: { ...WHOLE_RULE, otherwise: [] },
    sourceTags: { ...WHOLE_RULE, otherwise: [] },
    targetTags: { ...WHOLE_RULE, otherwise: [] },
    allowed: WHOLE_RULE,
    denied: { ...WHOLE_RULE, otherwise: [] },
    disabled: { ...WHOLE_RULE, otherwise: false },
  },
});
