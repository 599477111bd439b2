/** The section `kubernetes`: which version. */
import { z } from "zod";
import { DEFAULT_KUBERNETES_VERSION } from "../kubernetes-versions.ts";
import { section } from "./section.ts";
import { text } from "./text.ts";

export const RELEASE_CHANNELS = ["rapid", "regular", "stable", "extended"] as const;

const VERSION_REMEDY =
  'write a minor ("1.36"), an exact patch ("1.36.4") or a range (">=1.35.4 <1.37"), in quotes';

export const kubernetesSection = section({
  version: text(/^[0-9.<>=~^|x* -]+$/, "a version", VERSION_REMEDY, 64)
    .default(DEFAULT_KUBERNETES_VERSION)
    .describe(
      "A minor (its newest patch), an exact patch, or a range. Written in quotes, because YAML reads 1.40 as the number 1.4. A downgrade is refused, and so is more than one minor at a time.",
    ),
  channel: z
    .enum(RELEASE_CHANNELS)
    .default("stable")
    .describe("Release channel of engine `gke`; the version is then a floor."),
}).prefault({});
