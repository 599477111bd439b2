/** Subnetworks: a primary range, secondary ranges, and growth of the primary range. */
import { ApiError, inUse, invalid } from "../api-error.ts";
import type { Json, JsonObject } from "../call.ts";
import { checkName } from "../formats.ts";
import { contains, formatRange, numberToAddress, overlaps, parseRange, type Range } from "../ip.ts";
import { asObjects, asText } from "../json.ts";

import { changed } from "../mutations.ts";
import { usersOf } from "../references.ts";
import type { Row } from "../row.ts";
import type { Kind, ResourceRequest, Verb, World } from "../world.ts";

/** Prefix lengths of IPv4 ranges, 8 to 29. Source: https://cloud.google.com/vpc/docs/subnets#ipv4-ranges */
const SIZE_MOST = 2 ** (32 - 8);
const SIZE_LEAST = 2 ** (32 - 29);
/** Source: https://cloud.google.com/vpc/docs/quota#per_network ("Secondary IP address ranges per subnet") */
const SECONDARY_RANGES_MAX = 170;

function readRange(cidr: Json | undefined, field: string): Range {
  const text = asText(cidr) ?? "";
  const range = parseRange(text);
  if (range === undefined)
    throw invalid(
      field,
      text,
      "Must be a CIDR address range that is contained in the RFC1918 or other valid ranges, with zero host bits.",
    );
  if (range.size > SIZE_MOST || range.size < SIZE_LEAST)
    throw invalid(field, text, "The prefix length must be between 8 and 29.");
  return range;
}

/** All ranges of a subnetwork's body. */
export function rangesOf(body: JsonObject): readonly Range[] {
  const cidrs = [
    body["ipCidrRange"],
    ...asObjects(body["secondaryIpRanges"]).map((secondary) => secondary["ipCidrRange"]),
  ];
  return cidrs.flatMap((cidr) => parseRange(asText(cidr) ?? "") ?? []);
}

function checkSecondary(body: JsonObject): readonly Range[] {
  const secondaries = asObjects(body["secondaryIpRanges"]);
  if (secondaries.length > SECONDARY_RANGES_MAX) {
    throw invalid(
      "resource.secondaryIpRanges",
      secondaries.length,
      `At most ${SECONDARY_RANGES_MAX} are allowed.`,
    );
  }
  const names = secondaries.map((secondary, at) =>
    checkName(secondary["rangeName"], `resource.secondaryIpRanges[${at}].rangeName`),
  );
  if (new Set(names).size !== names.length) {
    throw invalid(
      "resource.secondaryIpRanges",
      names.join(", "),
      "The range names must be unique within the subnetwork.",
    );
  }
  return secondaries.map((secondary, at) =>
    readRange(secondary["ipCidrRange"], `resource.secondaryIpRanges[${at}].ipCidrRange`),
  );
}

/** No two ranges of a network overlap. @throws ApiError 400 */
function checkRanges(body: JsonObject, world: World, self: Row | undefined): void {
  const own = [readRange(body["ipCidrRange"], "resource.ipCidrRange"), ...checkSecondary(body)];
  for (const [at, range] of own.entries()) {
    if (own.some((other, index) => index < at && overlaps(range, other))) {
      throw invalid(
        "resource.secondaryIpRanges",
        formatRange(range),
        "Invalid IPCidrRange: it conflicts with another range of the same subnetwork.",
      );
    }
  }
  const network = world.rows.at(asText(body["network"]) ?? "");
  if (network === undefined) return;
  for (const other of usersOf(network, "subnetworks")) {
    if (other === self) continue;
    for (const range of rangesOf(other.body)) {
      const clash = own.find((mine) => overlaps(mine, range));
      if (clash === undefined) continue;
      throw new ApiError(
        400,
        "invalid",
        `Invalid IPCidrRange: ${formatRange(clash)} conflicts with existing subnetwork '${other.name}' in region '${other.scope.slice("regions/".length)}'.`,
      );
    }
  }
}

/** A secondary range may go only while no machine has an alias in it. */
function checkRemovedRanges(next: JsonObject, { world, row }: ResourceRequest): void {
  const kept = new Set(
    asObjects(next["secondaryIpRanges"]).map(
      ({ rangeName, ipCidrRange }) => `${String(rangeName)} ${String(ipCidrRange)}`,
    ),
  );
  const pool = world.internalPool(asText(row.body["network"]) ?? "");
  for (const { rangeName, ipCidrRange } of asObjects(row.body["secondaryIpRanges"])) {
    if (kept.has(`${String(rangeName)} ${String(ipCidrRange)}`)) continue;
    const user = pool.userOf(readRange(ipCidrRange, "resource.secondaryIpRanges"));
    if (user !== undefined) throw inUse("subnetwork", row.path, user);
  }
}

const expandIpCidrRange: Verb = (request) => {
  const { world, row, body } = request;
  const next = { ...row.body, ipCidrRange: body["ipCidrRange"] };
  const wider = readRange(body["ipCidrRange"], "resource.ipCidrRange");
  const present = readRange(row.body["ipCidrRange"], "resource.ipCidrRange");
  if (!contains(wider, present) || wider.size <= present.size) {
    throw invalid(
      "resource.ipCidrRange",
      formatRange(wider),
      `It must contain the existing range ${formatRange(present)} and be larger: a subnetwork can grow only.`,
    );
  }
  checkRanges(next, world, row);
  return changed(request, "expandIpCidrRange", next);
};
const setPrivateIpGoogleAccess: Verb = (request) =>
  changed(request, "setPrivateIpGoogleAccess", {
    ...request.row.body,
    privateIpGoogleAccess: request.body["privateIpGoogleAccess"] === true,
  });

export const subnetworks: Kind = {
  collection: "subnetworks",
  noun: "subnetwork",
  scopes: ["regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch"],
  references: [{ at: "network", to: ["networks"] }],
  required: ["network", "ipCidrRange"],
  defaults: {
    privateIpGoogleAccess: false,
    stackType: "IPV4_ONLY",
    purpose: "PRIVATE",
    privateIpv6GoogleAccess: "DISABLE_GOOGLE_ACCESS",
  },
  outputOnly: ["gatewayAddress", "state"],
  immutable: ["network", "ipCidrRange", "description", "purpose"],
  enums: {
    stackType: ["IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY"],
    purpose: [
      "PRIVATE",
      "PRIVATE_RFC_1918",
      "REGIONAL_MANAGED_PROXY",
      "GLOBAL_MANAGED_PROXY",
      "PRIVATE_SERVICE_CONNECT",
      "PRIVATE_NAT",
      "INTERNAL_HTTPS_LOAD_BALANCER",
      "PEER_MIGRATION",
    ],
  },
  fingerprint: "required",
  usage: () => [{ metric: "SUBNETWORKS", region: "global", amount: 1 }],
  prepare(body, { world }) {
    checkRanges(body, world, undefined);
    return body;
  },
  prepareChange(next, request) {
    checkRemovedRanges(next, request);
    checkRanges(next, request.world, request.row);
    return next;
  },
  render(row) {
    // The second address of the range is the gateway. Source: https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet
    const range = parseRange(asText(row.body["ipCidrRange"]) ?? "");
    return range === undefined ? {} : { gatewayAddress: numberToAddress(range.start + 1) };
  },
  rendersBodyAlone: true,
  verbs: { ExpandIpCidrRange: expandIpCidrRange, SetPrivateIpGoogleAccess: setPrivateIpGoogleAccess },
};
