/** Arithmetic on IPv4 address ranges in CIDR notation. */
import ipaddr from "ipaddr.js";

export interface Cidr {
  /** First address, as an unsigned 32-bit number. */
  readonly first: number;
  /** Last address. */
  readonly last: number;
  readonly prefix: number;
}
const ADDRESS_BITS = 32;
const FOUR_PARTS = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}\/(\d|[12]\d|3[0-2])$/;

/** Nothing when it is not `a.b.c.d/n`. Host bits are cut off: compare with `formatCidr` to see them. */
export function parseCidr(text: string): Cidr | undefined {
  if (!FOUR_PARTS.test(text) || !ipaddr.IPv4.isValidCIDR(text)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
  const value = address.octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (ADDRESS_BITS - prefix);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, prefix };
}
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.first)}/${cidr.prefix}`;
}
export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
export function addressCount(cidr: Cidr): number {
  return cidr.last - cidr.first + 1;
}
export function overlap(one: Cidr, other: Cidr): boolean {
  return one.first <= other.last && other.first <= one.last;
}
