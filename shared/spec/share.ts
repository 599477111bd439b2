/** Counts that may be given as a share of a whole: `2` or `20%`. */
export const PERCENT_PATTERN = /^(100|[1-9]?[0-9])%$/;
export type CountOrPercent = number | string;

/** How many of `total` are meant; a share is rounded as told, because rounding up is bold for some uses and timid for others. */
export function countOf(share: CountOrPercent, total: number, rounding: "up" | "down"): number {
  if (typeof share === "number") return share;
  if (!PERCENT_PATTERN.test(share)) throw new RangeError(`not a percentage like 20%: ${share}`);
  const exact = (Number(share.slice(0, -1)) * total) / 100;
  return rounding === "up" ? Math.ceil(exact) : Math.floor(exact);
}
