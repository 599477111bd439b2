/** IPv4 ranges as numbers, and a pool that hands out addresses and blocks from them. */
export interface Range {
  readonly start: number;
  readonly size: number;
}

const FOUR_OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const OCTET_MAX = 255;

/** Of four decimal octets without leading zeros; nothing of anything else. Read by hand: every probe of a machine asks. */
export function addressToNumber(address: string): number | undefined {
  const match = FOUR_OCTETS.exec(address);
  if (match === null) return undefined;
  let number = 0;
  for (let at = 1; at <= 4; at++) {
    const text = match[at] ?? "";
    const octet = Number(text);
    if (octet > OCTET_MAX || (text.length > 1 && text.startsWith("0"))) return undefined;
    number = number * 256 + octet;
  }
  return number;
}
export function numberToAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
/** Nothing when it is not a range in canonical form (host bits zero). */
export function parseRange(cidr: string): Range | undefined {
  const [address = "", bits = ""] = cidr.split("/");
  const start = addressToNumber(address);
  if (start === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  return start % size === 0 ? { start, size } : undefined;
}
export function formatRange(range: Range): string {
  return `${numberToAddress(range.start)}/${32 - Math.log2(range.size)}`;
}
export function overlaps(left: Range, right: Range): boolean {
  return left.start < right.start + right.size && right.start < left.start + left.size;
}
export function contains(outer: Range, inner: Range): boolean {
  return inner.start >= outer.start && inner.start + inner.size <= outer.start + outer.size;
}
/** Is the address, given as text, inside one of the CIDR ranges? */
export function isWithin(address: string, ranges: readonly string[]): boolean {
  const number = addressToNumber(address);
  if (number === undefined) return false;
  return ranges.some((cidr) => {
    const range = parseRange(cidr);
    return range !== undefined && contains(range, { start: number, size: 1 });
  });
}

/** Blocks in use with their users. Every block is aligned to its size, so that one look-up a size finds overlaps. */
export interface IpPool {
  /** The user of a block that overlaps, if any. */
  userOf(range: Range): string | undefined;
  take(range: Range, user: string): void;
  release(start: number): void;
  /** The first free aligned block of `size` within `range`, looking on from where the last one was found. */
  free(range: Range, size: number): Range | undefined;
}

export function createIpPool(): IpPool {
  const used = new Map<number, { readonly size: number; readonly user: string }>();
  const sizes = new Map<number, number>();
  const hints = new Map<string, number>();

  function userOf(range: Range): string | undefined {
    for (const size of sizes.keys()) {
      const first = range.start - (range.start % size);
      for (let start = first; start < range.start + range.size; start += size) {
        const block = used.get(start);
        if (block?.size === size) return block.user;
      }
    }
    return undefined;
  }
  return {
    userOf,
    take(range, user) {
      used.set(range.start, { size: range.size, user });
      sizes.set(range.size, (sizes.get(range.size) ?? 0) + 1);
    },
    release(start) {
      const block = used.get(start);
      if (block === undefined) return;
      used.delete(start);
      const left = (sizes.get(block.size) ?? 1) - 1;
      if (left === 0) sizes.delete(block.size);
      else sizes.set(block.size, left);
    },
    free(range, size) {
      const first = Math.ceil(range.start / size) * size;
      const count = Math.floor((range.start + range.size - first) / size);
      const key = `${range.start}/${range.size}/${size}`;
      const from = hints.get(key) ?? 0;
      for (let step = 0; step < count; step++) {
        const at = (from + step) % count;
        const block = { start: first + at * size, size };
        if (userOf(block) !== undefined) continue;
        hints.set(key, at + 1);
        return block;
      }
      return undefined;
    },
  };
}
