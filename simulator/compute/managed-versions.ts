/** Pure arithmetic of managed groups: which version and which zone the next machine gets, and how wide an update may go. */
import { asNumber, asObject, asObjects, asText, type Json, type JsonObject } from "./json.ts";

export interface Version {
  readonly name: string | undefined;
  /** Path of the template. */
  readonly template: string;
  /** How many machines shall be of it. */
  readonly target: number;
}

/** A fixed number, or a percentage of `size` rounded up. */
export function fixedOrPercent(value: Json | undefined, size: number, fallback: number): number {
  const given = asObject(value);
  const percent = asNumber(given["percent"]);
  if (percent !== undefined) return Math.ceil((percent * size) / 100);
  return asNumber(given["fixed"]) ?? fallback;
}

/** The versions with their counts; the one without a target size takes the rest. */
export function versionsOf(body: JsonObject): readonly Version[] {
  const size = asNumber(body["targetSize"]) ?? 0;
  const listed = asObjects(body["versions"]);
  const bounded = listed.map((version) => ({
    name: asText(version["name"]),
    template: asText(version["instanceTemplate"]) ?? "",
    target:
      version["targetSize"] === undefined
        ? undefined
        : Math.min(size, fixedOrPercent(version["targetSize"], size, 0)),
  }));
  const taken = bounded.reduce((sum, { target }) => sum + (target ?? 0), 0);
  return bounded.map(({ target, ...version }) => ({
    ...version,
    target: target ?? Math.max(0, size - taken),
  }));
}

/** The version that lacks machines most; the one that takes the rest when none does. */
export function nextVersion(
  versions: readonly Version[],
  members: readonly { readonly template: string }[],
): Version | undefined {
  const lacking = versions.find(
    ({ template, target }) => members.filter((member) => member.template === template).length < target,
  );
  return lacking ?? versions.at(-1);
}

/** Members that are of no version, or too many of theirs. */
export function outdated<M extends { readonly template: string }>(
  versions: readonly Version[],
  members: readonly M[],
): readonly M[] {
  const left = new Map(versions.map(({ template, target }) => [template, target]));
  return members.filter((member) => {
    const count = left.get(member.template) ?? 0;
    left.set(member.template, count - 1);
    return count <= 0;
  });
}

/** The zone with the fewest machines, the first of equals, but for those to be avoided while there are others. */
export function nextZone(
  zones: readonly string[],
  members: readonly { readonly scope: string }[],
  avoid: ReadonlySet<string>,
): string {
  const open = zones.filter((zone) => !avoid.has(zone));
  const candidates = open.length === 0 ? zones : open;
  const count = (zone: string) => members.filter(({ scope }) => scope === zone).length;
  return candidates.reduce((best, zone) => (count(zone) < count(best) ? zone : best), candidates[0] ?? "");
}

/** Who goes first when there are too many: those that do not run, then those of the fullest zone, then the youngest. */
export function victims<
  M extends {
    readonly name: string;
    readonly scope: string;
    readonly running: boolean;
    readonly bornMs: number;
  },
>(members: readonly M[], count: number): readonly M[] {
  const left = [...members];
  const chosen: M[] = [];
  while (chosen.length < count && left.length > 0) {
    const sizes = new Map<string, number>();
    for (const { scope } of left) sizes.set(scope, (sizes.get(scope) ?? 0) + 1);
    left.sort(
      (one, other) =>
        Number(one.running) - Number(other.running) ||
        (sizes.get(other.scope) ?? 0) - (sizes.get(one.scope) ?? 0) ||
        other.bornMs - one.bornMs ||
        (one.name < other.name ? 1 : -1),
    );
    const next = left.shift();
    if (next !== undefined) chosen.push(next);
  }
  return chosen;
}
