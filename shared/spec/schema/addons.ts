/** The sections `addons` and `registry`: what runs in every cluster, and where its images come from. */
import { z } from "zod";
import { says } from "../message.ts";
import { section } from "./section.ts";
import { text, uniqueList } from "./text.ts";

const MANIFESTS_MAX = 50;
/** A cluster document stays under 200 KB with all that it holds. */
const MANIFEST_LENGTH_MAX = 60_000;
const REPOSITORIES_MAX = 20;

export const addonsSection = section({
  dns: z.boolean().default(true).describe("CoreDNS."),
  metrics: z.boolean().default(true).describe("metrics-server, for `kubectl top` and autoscaling by load."),
  storage: z
    .boolean()
    .default(true)
    .describe("The CSI driver of Persistent Disk, with a default storage class."),
  nodeProblemDetector: z
    .boolean()
    .default(true)
    .describe("node-problem-detector: kernel and runtime trouble as node conditions."),
  manifests: uniqueList(
    z
      .string()
      .min(1, { error: says("is empty", "write a YAML document, or remove it") })
      .max(MANIFEST_LENGTH_MAX, {
        error: says(
          `has more than ${MANIFEST_LENGTH_MAX} characters`,
          "split it, or install it with kubectl",
        ),
      }),
    MANIFESTS_MAX,
  )
    .default([])
    .describe("Manifests to apply, each the text of one or more YAML documents. Addresses are not fetched."),
}).prefault({});

export const registrySection = section({
  repositories: uniqueList(
    text(
      /^[a-z0-9-]+-docker\.pkg\.dev\/[a-z][-a-z0-9]{1,28}[a-z0-9](\/[a-z0-9](?!.*\.\.)[a-z0-9._-]*)+$/,
      "a repository in Artifact Registry",
      "write it like europe-docker.pkg.dev/PROJECT/images",
      200,
    ),
    REPOSITORIES_MAX,
  )
    .default([])
    .describe("Repositories in Artifact Registry that nodes may pull from with their own service account."),
}).prefault({});
