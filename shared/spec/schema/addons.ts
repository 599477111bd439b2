/** The sections `addons` and `registry`: what runs in every cluster, and where its images come from. */
import { z } from "zod";
import { section } from "./section.ts";
import { text, uniqueList } from "./text.ts";

const MANIFESTS_MAX = 50;
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
    text(
      /^gs:\/\/[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](\/(?!\.\.?(\/|$))[A-Za-z0-9._-]+)+$/,
      "an object in Cloud Storage",
      "write it like gs://BUCKET/addons/ingress.yaml (addresses of other hosts are not fetched)",
      500,
    ),
    MANIFESTS_MAX,
  )
    .default([])
    .describe("Manifests to apply, as objects in Cloud Storage that the control plane may read."),
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
