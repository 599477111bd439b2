/** Whether a network's firewall rules let a connection through. Every probe of every machine asks: rules are read once. */
import { createMemory } from "../remembered.ts";
import type { Json, JsonObject } from "./call.ts";
import { addressToNumber, parseRange, type Range } from "./ip.ts";
import { asNumber, asObjects, asText, asTexts } from "./json.ts";
import type { Row } from "./row.ts";

/** Source: compute.proto, Firewall.priority. */
export const PRIORITY_DEFAULT = 1_000;
export const EVERYWHERE = "0.0.0.0/0";

export interface Connection {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port: number;
  /** Where it comes from. Without it: from outside, at a place that some rule names. */
  readonly sourceAddress?: string;
  /** Tags of the machine that it comes from, whose primary address it must be. */
  readonly sourceTags?: readonly string[];
  readonly targetTags: readonly string[];
}

interface Traffic {
  readonly protocol: string;
  /** First and last; none means all. */
  readonly ports: readonly (readonly [number, number])[];
}
interface Rule {
  readonly ingress: boolean;
  readonly priority: number;
  readonly targetTags: readonly string[];
  readonly sourceTags: readonly string[];
  readonly open: boolean;
  readonly ranged: boolean;
  readonly ranges: readonly Range[];
  readonly allowed: readonly Traffic[];
  readonly denied: readonly Traffic[];
}

/** By body, which is sound because stored JSON is never changed in place. */
const read = new WeakMap<JsonObject, Rule>();
// Rules of all clusters name the same traffic and the same ranges.
const traffics = createMemory<readonly Traffic[]>();
const rangeLists = createMemory<readonly Range[]>();
function trafficOf(entries: Json | undefined): readonly Traffic[] {
  return traffics(JSON.stringify(entries ?? []), () => asObjects(entries).map(trafficIn));
}
function rangesOf(ranges: readonly string[]): readonly Range[] {
  return rangeLists(ranges.join(" "), () => ranges.map(parseRange).filter((range) => range !== undefined));
}

function ruleOf(body: JsonObject): Rule {
  const known = read.get(body);
  if (known !== undefined) return known;
  const ranges = asTexts(body["sourceRanges"]);
  const rule = {
    ingress: body["disabled"] !== true && body["direction"] !== "EGRESS",
    priority: asNumber(body["priority"]) ?? PRIORITY_DEFAULT,
    targetTags: asTexts(body["targetTags"]),
    sourceTags: asTexts(body["sourceTags"]),
    open: ranges.includes(EVERYWHERE),
    ranged: ranges.length > 0,
    ranges: rangesOf(ranges),
    allowed: trafficOf(body["allowed"]),
    denied: trafficOf(body["denied"]),
  };
  read.set(body, rule);
  return rule;
}
function trafficIn(entry: JsonObject): Traffic {
  const ports = asTexts(entry["ports"]).map((range) => {
    const [first = "", last = first] = range.split("-");
    return [Number(first), Number(last)] as const;
  });
  return { protocol: asText(entry["IPProtocol"]) ?? "", ports };
}

const PROTOCOL_NUMBERS = { tcp: "6", udp: "17", icmp: "1" } as const;
function covers({ protocol, ports }: Traffic, connection: Connection): boolean {
  if (protocol === "all") return true;
  if (protocol !== connection.protocol && protocol !== PROTOCOL_NUMBERS[connection.protocol]) return false;
  return (
    ports.length === 0 || ports.some(([first, last]) => connection.port >= first && connection.port <= last)
  );
}
function isFrom(rule: Rule, connection: Connection, source: number | undefined): boolean {
  if (rule.open) return true;
  if (connection.sourceAddress === undefined) {
    if (rule.ranged) return true;
  } else if (source !== undefined) {
    if (rule.ranges.some(({ start, size }) => source >= start && source < start + size)) return true;
  }
  return rule.sourceTags.some((tag) => connection.sourceTags?.includes(tag) === true);
}
function isTo(rule: Rule, connection: Connection): boolean {
  return rule.targetTags.length === 0 || rule.targetTags.some((tag) => connection.targetTags.includes(tag));
}

/** Do the network's rules let this connection in? The first by priority decides, denial before allowance; the rest is refused. */
export function isAllowed(network: Row, connection: Connection): boolean {
  const { sourceAddress } = connection;
  const source = sourceAddress === undefined ? undefined : addressToNumber(sourceAddress);
  let priority = Number.POSITIVE_INFINITY;
  let allowed = false;
  for (const user of network.users ?? []) {
    if (user.collection !== "firewalls" || user.state !== "ready") continue;
    const rule = ruleOf(user.body);
    if (!rule.ingress || rule.priority > priority) continue;
    if (!isTo(rule, connection) || !isFrom(rule, connection, source)) continue;
    const allow = rule.allowed.some((traffic) => covers(traffic, connection));
    const deny = rule.denied.some((traffic) => covers(traffic, connection));
    if (!allow && !deny) continue;
    if (rule.priority < priority || deny) {
      priority = rule.priority;
      allowed = allow;
    }
  }
  return allowed;
}
