/** Address ranges are well-formed, allowed by Compute Engine, apart from each other, and large enough. */
import { addressCount, type Cidr, formatCidr, overlap, parseCidr } from "../cidr.ts";
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import { machinesMax } from "../machine-count.ts";
import { valueAt } from "../value-at.ts";
import type { RuleInput } from "./rule.ts";

/** Source: https://cloud.google.com/vpc/docs/subnets#prohibited-ipv4-ranges */
const PROHIBITED = [
  { range: "0.0.0.0/8", use: "the local network" },
  { range: "127.0.0.0/8", use: "loopback" },
  { range: "169.254.0.0/16", use: "link-local addresses and the metadata server" },
  { range: "199.36.153.4/30", use: "Google's restricted API addresses" },
  { range: "199.36.153.8/30", use: "Google's private API addresses" },
  { range: "224.0.0.0/4", use: "multicast" },
  { range: "255.255.255.255/32", use: "broadcast" },
] as const;
/** Source: https://cloud.google.com/vpc/docs/subnets (a primary range is /29 to /4). */
const NODES_PREFIX = { min: 4, max: 29 } as const;
/** The controller manager hands out at most 2^16 blocks of /24 of one range. */
const PODS_PREFIX = { min: 8, max: 24 } as const;
/** kube-apiserver takes at most 20 bits of Services; DNS has the tenth address. */
const SERVICES_PREFIX = { min: 12, max: 28 } as const;
/** Every node's pods have a /24. */
const NODE_BLOCK_PREFIX = 24;
/** Network, gateway, second-to-last and broadcast: https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet */
const RESERVED_ADDRESSES = 4;
/** The internal load balancer's address. */
const LOAD_BALANCER_ADDRESSES = 1;

const FIELDS = ["nodes", "pods", "services"] as const;
type Field = (typeof FIELDS)[number];
interface Range {
  readonly field: Field;
  readonly cidr: Cidr;
}
const PREFIXES: Readonly<Record<Field, { readonly min: number; readonly max: number }>> = {
  nodes: NODES_PREFIX,
  pods: PODS_PREFIX,
  services: SERVICES_PREFIX,
};

export function checkRanges(input: RuleInput): FieldError[] {
  const { network } = input.parsed;
  const formed = FIELDS.map((field) => ({ field, ...readRange(["network", field], network[field]) }));
  const errors = formed.flatMap(({ errors }) => errors);
  const ranges = formed.flatMap(({ field, cidr }) => (cidr === undefined ? [] : [{ field, cidr }]));
  return [
    ...errors,
    ...ranges.flatMap(({ field, cidr }) => checkOne(field, cidr)),
    ...checkApart(ranges, input.document),
    ...checkCapacity(ranges, input),
    ...checkAllowedFrom(network.api.allowedFrom ?? [], network.api.access),
    ...checkExisting(input),
  ];
}

function readRange(path: Path, text: string): { errors: FieldError[]; cidr?: Cidr } {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    return {
      errors: [
        fieldError(
          path,
          text,
          "is not an IPv4 range",
          "write four numbers up to 255 and a prefix up to 32, like 10.10.0.0/20",
        ),
      ],
    };
  }
  if (formatCidr(cidr) !== text) {
    const reason = `does not begin where a /${cidr.prefix} begins`;
    return { errors: [fieldError(path, text, reason, `use ${formatCidr(cidr)}`)], cidr };
  }
  return { errors: [], cidr };
}

function checkOne(field: Field, cidr: Cidr): FieldError[] {
  const path = ["network", field];
  const { min, max } = PREFIXES[field];
  if (cidr.prefix < min)
    return [fieldError(path, formatCidr(cidr), "is too large", `use a /${min} or smaller`)];
  if (cidr.prefix > max)
    return [fieldError(path, formatCidr(cidr), "is too small", `use a /${max} or larger`)];
  for (const { range, use } of PROHIBITED) {
    const taken = parseCidr(range);
    if (taken === undefined || !overlap(cidr, taken)) continue;
    const reason = `overlaps ${range}, which Compute Engine keeps for ${use}`;
    return [
      fieldError(
        path,
        formatCidr(cidr),
        reason,
        "use a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
      ),
    ];
  }
  return [];
}

function checkApart(ranges: readonly Range[], document: unknown): FieldError[] {
  return ranges.flatMap((range, index) =>
    ranges
      .slice(0, index)
      .filter((earlier) => overlap(range.cidr, earlier.cidr))
      .map((earlier) => {
        const [told, other] =
          isWritten(range, document) || !isWritten(earlier, document) ? [range, earlier] : [earlier, range];
        const reason = `overlaps network.${other.field} (${formatCidr(other.cidr)})`;
        return fieldError(
          ["network", told.field],
          formatCidr(told.cidr),
          reason,
          "use ranges that share no address",
        );
      }),
  );
}
/** The error goes to what the person wrote, not to the default that it collides with. */
function isWritten({ field }: Range, document: unknown): boolean {
  return valueAt(document, ["network", field]) !== undefined;
}

function checkCapacity(ranges: readonly Range[], { spec }: RuleInput): FieldError[] {
  const machines = machinesMax(spec);
  return ranges.flatMap(({ field, cidr }) => {
    const path = ["network", field];
    const text = formatCidr(cidr);
    if (field === "nodes" && cidr.prefix <= NODES_PREFIX.max) {
      const room = addressCount(cidr) - RESERVED_ADDRESSES - LOAD_BALANCER_ADDRESSES;
      if (room >= machines) return [];
      const wanted = smallestPrefix(machines + RESERVED_ADDRESSES + LOAD_BALANCER_ADDRESSES);
      return [
        fieldError(
          path,
          text,
          `has room for ${room} machines, and there can be ${machines}`,
          `use a /${wanted} or larger, or smaller pools`,
        ),
      ];
    }
    if (field === "pods" && cidr.prefix <= PODS_PREFIX.max) {
      const room = 2 ** (NODE_BLOCK_PREFIX - cidr.prefix);
      if (room >= machines) return [];
      const wanted = NODE_BLOCK_PREFIX - Math.ceil(Math.log2(machines));
      return [
        fieldError(
          path,
          text,
          `has a /24 for ${room} nodes, and there can be ${machines}`,
          `use a /${wanted} or larger, or smaller pools`,
        ),
      ];
    }
    return [];
  });
}

function checkAllowedFrom(ranges: readonly string[], access: "public" | "private"): FieldError[] {
  const path = ["network", "api", "allowedFrom"];
  if (ranges.length === 0 && access === "private") return [];
  return ranges.flatMap((text, index) => readRange([...path, index], text).errors);
}

/** An empty list and no list differ: nobody, and everybody. */
export function checkReachable({ parsed }: RuleInput): FieldError[] {
  const { access, allowedFrom } = parsed.network.api;
  if (access === "private" || allowedFrom === undefined || allowedFrom.length > 0) return [];
  return [
    fieldError(
      ["network", "api", "allowedFrom"],
      allowedFrom,
      "lets nobody reach the public API",
      "list ranges, remove the line for everyone, or set access: private",
    ),
  ];
}

function checkExisting({ parsed, document }: RuleInput): FieldError[] {
  if (parsed.network.existing === undefined) return [];
  if (valueAt(document, ["network", "nodes"]) !== undefined) return [];
  return [
    fieldError(
      ["network", "nodes"],
      undefined,
      "is missing",
      "repeat the primary range of the existing subnetwork",
    ),
  ];
}

function smallestPrefix(addresses: number): number {
  return 32 - Math.ceil(Math.log2(addresses));
}
