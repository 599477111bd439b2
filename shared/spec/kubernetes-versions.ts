/**
 * The Kubernetes versions that exist, how long each is supported, and which one a wish means.
 * Source: https://kubernetes.io/releases/ (12 months of support and 2 of maintenance). A new patch needs a line here.
 */
import semver from "semver";

export interface KubernetesMinor {
  readonly minor: string;
  readonly released: string;
  /** The last day on which it is maintained. */
  readonly endOfSupport: string;
  /** Patches are numbered without gaps from 0 to this. */
  readonly newestPatch: number;
  /** What its kubeadm installs, in all of its patches. Source: CoreDNSVersion in kubernetes/cmd/kubeadm/app/constants/constants.go */
  readonly coreDns: string;
}
/** Oldest first. */
export const KUBERNETES_MINORS: readonly KubernetesMinor[] = [
  { minor: "1.34", released: "2025-08-27", endOfSupport: "2026-10-27", newestPatch: 11, coreDns: "1.12.1" },
  { minor: "1.35", released: "2025-12-17", endOfSupport: "2027-02-28", newestPatch: 8, coreDns: "1.13.1" },
  { minor: "1.36", released: "2026-04-22", endOfSupport: "2027-06-28", newestPatch: 4, coreDns: "1.14.2" },
  { minor: "1.37", released: "2026-08-26", endOfSupport: "2027-10-28", newestPatch: 1, coreDns: "1.14.6" },
];
/** One behind the newest: add-ons and the cloud controller manager follow a minor some months late. */
export const DEFAULT_KUBERNETES_VERSION = "1.36";

const DAY_MS = 86_400_000;
const MINOR_PATTERN = /^1\.\d{1,3}$/;
const PATCH_PATTERN = /^1\.\d{1,3}\.\d{1,3}$/;

export type ResolvedVersion =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string; readonly remedy: string };

/**
 * The exact patch that a wish means at a moment: a minor (`1.36`: its newest patch), an exact patch, or a range
 * (`>=1.35.4 <1.37`: the newest that is released and still supported).
 */
export function resolveVersion(wish: string, nowMs: number): ResolvedVersion {
  if (PATCH_PATTERN.test(wish)) return resolvePatch(wish, nowMs);
  if (MINOR_PATTERN.test(wish)) return resolveMinor(wish, nowMs);
  return resolveRange(wish, nowMs);
}

function resolveMinor(wish: string, nowMs: number): ResolvedVersion {
  const found = minorOf(wish);
  if (found === undefined) return refused(`is not a Kubernetes minor that is known`, useSupported(nowMs));
  const trouble = troubleWith(found, nowMs);
  if (trouble !== undefined) return refused(trouble, useSupported(nowMs));
  return { ok: true, version: `${found.minor}.${found.newestPatch}` };
}

function resolvePatch(wish: string, nowMs: number): ResolvedVersion {
  const found = minorOf(wish.slice(0, wish.lastIndexOf(".")));
  if (found === undefined) return refused(`is of no Kubernetes minor that is known`, useSupported(nowMs));
  const trouble = troubleWith(found, nowMs);
  if (trouble !== undefined) return refused(trouble, useSupported(nowMs));
  if (semver.valid(wish) === null || semver.patch(wish) > found.newestPatch) {
    const newest = `${found.minor}.${found.newestPatch}`;
    return refused(`is not a patch that is known`, `use "${newest}", the newest of ${found.minor}`);
  }
  return { ok: true, version: wish };
}

function resolveRange(wish: string, nowMs: number): ResolvedVersion {
  if (semver.validRange(wish) === null) {
    const remedy = `write a minor ("${DEFAULT_KUBERNETES_VERSION}"), a patch ("${DEFAULT_KUBERNETES_VERSION}.4") or a range (">=1.35.4 <1.37")`;
    return refused("is not a version", remedy);
  }
  const supported = KUBERNETES_MINORS.filter((minor) => troubleWith(minor, nowMs) === undefined);
  const newest = semver.maxSatisfying(supported.flatMap(patchesOf), wish);
  if (newest !== null) return { ok: true, version: newest };
  const any = semver.maxSatisfying(KUBERNETES_MINORS.flatMap(patchesOf), wish);
  const reason =
    any === null
      ? "matches no Kubernetes version"
      : `matches no version in support (the newest it matches is ${any})`;
  return refused(reason, useSupported(nowMs));
}

/** The newest version that a wish could mean at any time, or nothing: for telling an upgrade from a downgrade. */
export function newestMeant(wish: string): string | undefined {
  return semver.maxSatisfying(KUBERNETES_MINORS.flatMap(patchesOf), rangeOf(wish)) ?? undefined;
}
/** The oldest version that a wish could mean, or nothing. */
export function oldestMeant(wish: string): string | undefined {
  return semver.minSatisfying(KUBERNETES_MINORS.flatMap(patchesOf), rangeOf(wish)) ?? undefined;
}
/** Whether an exact version is one that the wish could mean: then nothing needs to be upgraded for it. */
export function fulfils(version: string, wish: string): boolean {
  return semver.satisfies(version, rangeOf(wish));
}
/**
 * The versions that an upgrade stops at, the last one included: the newest patch of each minor between, for control planes
 * go up one minor at a time. One that is out of support is passed through all the same.
 * Source: https://kubernetes.io/releases/version-skew-policy/
 * @returns nothing when a minor between is not known, or there is no way up
 */
export function versionsBetween(from: string, to: string): readonly string[] | undefined {
  if (semver.lt(to, from)) return undefined;
  const minors = semver.minor(to) - semver.minor(from);
  const between = Array.from({ length: Math.max(0, minors - 1) }, (_, index) =>
    minorOf(`1.${semver.minor(from) + 1 + index}`),
  );
  const stops = between.map((found) => found && `${found.minor}.${found.newestPatch}`);
  return stops.every((stop) => stop !== undefined) ? [...stops, to] : undefined;
}
/** A minor is taken by nobody's wish only once its first patch is out: what `.0` breaks is known by then. */
const SETTLED_PATCH = 1;

/**
 * The version that a cluster goes to next without anybody asking, or nothing. An exact patch is meant exactly; a range is
 * never left; of a minor (`1.36`) the newest patch is taken, and, where `minor` says so, the next minor after it.
 * @param present runs now, and may be beyond the wish already
 */
export function nextByItself(
  wish: string,
  present: string,
  { patch, minor }: { readonly patch: boolean; readonly minor: boolean },
  nowMs: number,
): string | undefined {
  if (PATCH_PATTERN.test(wish) || semver.valid(present) === null) return undefined;
  const at = KUBERNETES_MINORS.findIndex((one) => one.minor === present.slice(0, present.lastIndexOf(".")));
  const here = KUBERNETES_MINORS[at];
  if (here === undefined) return undefined;
  const mayBe = (version: string) => MINOR_PATTERN.test(wish) || fulfils(version, wish);
  const next = KUBERNETES_MINORS[at + 1];
  if (
    minor &&
    next !== undefined &&
    next.newestPatch >= SETTLED_PATCH &&
    troubleWith(next, nowMs) === undefined
  ) {
    const version = `${next.minor}.${next.newestPatch}`;
    if (mayBe(version)) return version;
  }
  const newest = `${here.minor}.${here.newestPatch}`;
  return patch && semver.gt(newest, present) && mayBe(newest) ? newest : undefined;
}

/** Three numbers mean themselves; two mean any patch of that minor. */
function rangeOf(wish: string): string {
  return MINOR_PATTERN.test(wish) ? `~${wish}.0` : wish;
}

/** The version of CoreDNS that goes with an exact patch of Kubernetes; nothing for a minor that is not known. */
export function coreDnsOf(version: string): string | undefined {
  return minorOf(version.slice(0, version.lastIndexOf(".")))?.coreDns;
}

export function supportedMinors(nowMs: number): readonly string[] {
  return KUBERNETES_MINORS.filter((minor) => troubleWith(minor, nowMs) === undefined).map(
    ({ minor }) => minor,
  );
}

function minorOf(minor: string): KubernetesMinor | undefined {
  return KUBERNETES_MINORS.find((candidate) => candidate.minor === minor);
}
function patchesOf({ minor, newestPatch }: KubernetesMinor): string[] {
  return Array.from({ length: newestPatch + 1 }, (_, patch) => `${minor}.${patch}`);
}
function troubleWith(minor: KubernetesMinor, nowMs: number): string | undefined {
  if (nowMs < Date.parse(minor.released)) return `is not released before ${minor.released}`;
  if (nowMs >= Date.parse(minor.endOfSupport) + DAY_MS)
    return `is out of support since ${minor.endOfSupport}`;
  return undefined;
}
function useSupported(nowMs: number): string {
  const minors = supportedMinors(nowMs);
  if (minors.length === 0) return "update Clusterwright: every version that it knows is past support";
  return `use ${minors
    .map((minor) => `"${minor}"`)
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1")}`;
}
function refused(reason: string, remedy: string): ResolvedVersion {
  return { ok: false, reason, remedy };
}
