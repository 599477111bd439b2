/** VPC firewall rules in the API; whether they let a connection through is firewall-match.ts. */
import { invalid, invalidUse, required } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { EVERYWHERE, PRIORITY_DEFAULT } from "../firewall-match.ts";
import { checkName } from "../formats.ts";
import { parseRange } from "../ip.ts";
import { asList, asObjects, asText, asTexts } from "../json.ts";
import type { Kind } from "../world.ts";

/** Source: compute.proto, Firewall.priority: 0 to 65535, default 1000. */
const PRIORITY_MOST = 65_535;
const PROTOCOL = /^(tcp|udp|icmp|esp|ah|sctp|ipip|all|\d{1,3})$/;
const PORTS = /^\d{1,5}(-\d{1,5})?$/;
/** Source: https://cloud.google.com/firewall/quotas ("Source tags", "Target tags", "Source IP ranges") */
const SOURCE_TAGS_MAX = 30;
const TARGET_TAGS_MAX = 70;
const RANGES_MAX = 5_000;

function checkRule(rule: JsonObject, field: string): void {
  const protocol = asText(rule["IPProtocol"]);
  if (protocol === undefined) throw required(`${field}.IPProtocol`);
  if (!PROTOCOL.test(protocol))
    throw invalid(
      `${field}.IPProtocol`,
      protocol,
      "Must be a well-known protocol name or an IP protocol number.",
    );
  for (const [at, port] of asList(rule["ports"]).entries()) {
    if (typeof port !== "string" || !PORTS.test(port))
      throw invalid(`${field}.ports[${at}]`, port, "Must be a port or a range like 12345-12349.");
  }
  if (asList(rule["ports"]).length > 0 && !["tcp", "udp", "sctp", "6", "17", "132"].includes(protocol)) {
    throw invalid(`${field}.ports`, rule["ports"], "Ports may be specified for TCP, UDP or SCTP only.");
  }
}

function checkRanges(ranges: readonly string[], field: string): void {
  if (ranges.length > RANGES_MAX)
    throw invalid(field, ranges.length, `At most ${RANGES_MAX} ranges are allowed.`);
  for (const [at, range] of ranges.entries()) {
    const version6 = range.includes(":");
    if (!version6 && parseRange(range.includes("/") ? range : `${range}/32`) === undefined) {
      throw invalid(`${field}[${at}]`, range, "Must be a CIDR address range.");
    }
  }
  const versions = new Set(ranges.map((range) => range.includes(":")));
  if (versions.size > 1)
    throw invalidUse(`Invalid value for field '${field}': IPv4 and IPv6 ranges cannot be mixed in one rule.`);
}

function prepare(body: JsonObject): JsonObject {
  const allowed = asObjects(body["allowed"]);
  const denied = asObjects(body["denied"]);
  if (allowed.length === 0 && denied.length === 0)
    throw invalidUse("Exactly one of fields 'allowed' and 'denied' must be specified.");
  if (allowed.length > 0 && denied.length > 0)
    throw invalidUse("Fields 'allowed' and 'denied' cannot both be specified.");
  for (const [at, rule] of [...allowed, ...denied].entries())
    checkRule(rule, `resource.${allowed.length > 0 ? "allowed" : "denied"}[${at}]`);
  const egress = body["direction"] === "EGRESS";
  const sourceTags = asTexts(body["sourceTags"]);
  const targetTags = asTexts(body["targetTags"]);
  const sourceRanges = asTexts(body["sourceRanges"]);
  if (egress && (sourceTags.length > 0 || sourceRanges.length > 0))
    throw invalidUse("An EGRESS rule cannot have sourceTags or sourceRanges.");
  if (sourceTags.length > SOURCE_TAGS_MAX)
    throw invalid("resource.sourceTags", sourceTags.length, `At most ${SOURCE_TAGS_MAX} are allowed.`);
  if (targetTags.length > TARGET_TAGS_MAX)
    throw invalid("resource.targetTags", targetTags.length, `At most ${TARGET_TAGS_MAX} are allowed.`);
  for (const tag of [...sourceTags, ...targetTags]) checkName(tag, "resource.tags");
  checkRanges(sourceRanges, "resource.sourceRanges");
  checkRanges(asTexts(body["destinationRanges"]), "resource.destinationRanges");
  const accounts = asList(body["sourceServiceAccounts"]).length > 0;
  // A rule that names no source is open to everyone.
  const open = !egress && sourceTags.length === 0 && sourceRanges.length === 0 && !accounts;
  const far = egress && asList(body["destinationRanges"]).length === 0;
  return {
    ...body,
    ...(open ? { sourceRanges: [EVERYWHERE] } : {}),
    ...(far ? { destinationRanges: [EVERYWHERE] } : {}),
  };
}

export const firewalls: Kind = {
  collection: "firewalls",
  noun: "firewall",
  scopes: ["global"],
  methods: ["Get", "List", "Insert", "Delete", "Patch", "Update"],
  references: [{ at: "network", to: ["networks"] }],
  defaults: {
    network: "global/networks/default",
    direction: "INGRESS",
    priority: PRIORITY_DEFAULT,
    disabled: false,
    logConfig: { enable: false },
  },
  immutable: ["network", "direction"],
  enums: { direction: ["INGRESS", "EGRESS"] },
  integers: { priority: [0, PRIORITY_MOST] },
  usage: () => [{ metric: "FIREWALLS", region: "global", amount: 1 }],
  prepare,
  prepareChange: prepare,
};
