/** The section `maintenance`: when the cluster may be disturbed on purpose. */
import { z } from "zod";
import { says } from "../message.ts";
import { section } from "./section.ts";
import { duration, resourceName, text, wholeNumber } from "./text.ts";

const WINDOWS_MAX = 10;
/** Source: GKE takes 20 exclusions for a cluster. */
const EXCLUSIONS_MAX = 20;

/** As many nodes as Kubernetes is made for. */
const DISRUPTIONS_MAX = 5000;

const moment = (what: string) =>
  text(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/,
    "a date",
    "write it like 2026-11-20, or 2026-11-20T18:00Z",
    32,
  ).describe(what);

export const maintenanceSection = section({
  windows: z
    .array(
      section({
        start: text(
          /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/,
          "a local time",
          "write it like 2026-01-03T02:00",
          16,
        ).describe("When it opens first, in the window's time zone."),
        timezone: text(/^[A-Za-z][A-Za-z0-9_+/-]*$/, "a time zone", "write it like Europe/Amsterdam", 64)
          .default("UTC")
          .describe("Time zone of the IANA database."),
        duration: duration({ min: "1h", max: "7d" }).default("4h").describe("How long it stays open."),
        recurrence: text(
          /^[A-Z]+=[A-Z0-9,+:-]+(;[A-Z]+=[A-Z0-9,+:-]+)*$/,
          "a recurrence rule",
          "write it like FREQ=WEEKLY;BYDAY=SA (RFC 5545)",
          200,
        )
          .optional()
          .describe("When it opens again, as a recurrence rule of RFC 5545. Without it: only once."),
      }),
    )
    .max(WINDOWS_MAX, { error: says(`lists more than ${WINDOWS_MAX}`, `list at most ${WINDOWS_MAX}`) })
    .default([])
    .describe("Times in which upgrades and planned replacements happen. Without any: at any time."),
  exclusions: z
    .array(
      section({
        name: resourceName(63).describe("Name of the exclusion, unique in the cluster."),
        from: moment("First moment of the exclusion (a date: its first moment in UTC)."),
        to: moment("End of the exclusion (a date: its first moment in UTC)."),
        scope: z
          .enum(["all", "minor", "minor-and-nodes"])
          .default("all")
          .describe(
            "What does not happen: any upgrade, upgrades of the minor version, or those and every upgrade of nodes.",
          ),
      }),
    )
    .max(EXCLUSIONS_MAX, {
      error: says(`lists more than ${EXCLUSIONS_MAX}`, `list at most ${EXCLUSIONS_MAX}`),
    })
    .default([])
    .describe(
      "Times in which nothing is upgraded, windows or not. Failed machines are repaired all the same.",
    ),
  maxDisruptions: wholeNumber(1, DISRUPTIONS_MAX)
    .optional()
    .describe(
      "Nodes that may be out of service on purpose at the same time, over all pools, the control plane and all causes. Default: each pool's own budget alone.",
    ),
  autoUpgrade: section({
    patch: z
      .boolean()
      .default(true)
      .describe(
        "Take new patches of Kubernetes that Clusterwright knows; an exact `kubernetes.version` stays, a range is not left.",
      ),
    minor: z
      .boolean()
      .default(false)
      .describe(
        "Go on to the next minor of Kubernetes, one upgrade after another; `kubernetes.version` is then the least.",
      ),
    os: z
      .boolean()
      .default(true)
      .describe(
        "Take new images of the operating systems' families; not of pools that are upgraded in place, nor images of your own.",
      ),
  })
    .prefault({})
    .describe(
      "What is upgraded without anybody asking, in the next maintenance window. What is false stays as it runs.",
    ),
}).prefault({});
