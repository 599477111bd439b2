/**
 * Google's regions and their zones. Source: https://cloud.google.com/compute/docs/regions-zones. Most regions have the
 * zones a, b and c; those that differ say so. A region that opens later needs a line here.
 */
const USUAL = ["a", "b", "c"] as const;
const ZONE_LETTERS: Readonly<Record<string, readonly string[]>> = {
  "africa-south1": USUAL,
  "asia-east1": USUAL,
  "asia-east2": USUAL,
  "asia-northeast1": USUAL,
  "asia-northeast2": USUAL,
  "asia-northeast3": USUAL,
  "asia-south1": USUAL,
  "asia-south2": USUAL,
  "asia-southeast1": USUAL,
  "asia-southeast2": USUAL,
  "asia-southeast3": USUAL,
  "australia-southeast1": USUAL,
  "australia-southeast2": USUAL,
  "europe-central2": USUAL,
  "europe-north1": USUAL,
  "europe-north2": USUAL,
  "europe-southwest1": USUAL,
  "europe-west1": ["b", "c", "d"],
  "europe-west2": USUAL,
  "europe-west3": USUAL,
  "europe-west4": USUAL,
  "europe-west6": USUAL,
  "europe-west8": USUAL,
  "europe-west9": USUAL,
  "europe-west10": USUAL,
  "europe-west12": USUAL,
  "me-central1": USUAL,
  "me-central2": USUAL,
  "me-west1": USUAL,
  "northamerica-northeast1": USUAL,
  "northamerica-northeast2": USUAL,
  "northamerica-south1": USUAL,
  "southamerica-east1": USUAL,
  "southamerica-west1": USUAL,
  "us-central1": ["a", "b", "c", "f"],
  "us-east1": ["b", "c", "d"],
  "us-east4": USUAL,
  "us-east5": USUAL,
  "us-south1": USUAL,
  "us-west1": USUAL,
  "us-west2": USUAL,
  "us-west3": USUAL,
  "us-west4": USUAL,
};
export const REGIONS: readonly string[] = Object.keys(ZONE_LETTERS);

/** `europe-west4` → `europe-west4-a`, …; empty for a region that is not known. */
export function zonesOf(region: string): readonly string[] {
  const letters = Object.hasOwn(ZONE_LETTERS, region) ? ZONE_LETTERS[region] : undefined;
  return (letters ?? []).map((letter) => `${region}-${letter}`);
}

/** A quorum of three wants three places. */
const DEFAULT_ZONE_COUNT = 3;
export function defaultZonesOf(region: string): readonly string[] {
  return zonesOf(region).slice(0, DEFAULT_ZONE_COUNT);
}
