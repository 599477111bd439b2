/** The sections `logging`, `monitoring`, `health` and `notifications`: what is told, and to whom. */
import { z } from "zod";
import { says } from "../message.ts";
import { section } from "./section.ts";
import { duration, resourceName, text, wholeNumber } from "./text.ts";

/** Source: https://cloud.google.com/logging/quotas (50 exclusion filters for a sink). */
const EXCLUSIONS_MAX = 50;
const FILTER_LENGTH_MAX = 2000;
const CHECKS_MAX = 50;

export const loggingSection = section({
  enabled: z
    .boolean()
    .default(true)
    .describe("Send logs of pods, nodes and the control plane to Cloud Logging."),
  retention: duration({ min: "1d", max: "3650d" })
    .default("30d")
    .describe("How long logs are kept: whole days."),
  bucket: text(
    /^(projects\/[a-z][-a-z0-9]{1,28}[a-z0-9]\/locations\/[a-z0-9-]+\/buckets\/)?[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/,
    "a log bucket",
    "write its id, or projects/PROJECT/locations/LOCATION/buckets/ID",
    200,
  )
    .optional()
    .describe("Log bucket that takes the cluster's logs, by id or full name. Default: the project's own."),
  exclude: z
    .array(
      section({
        name: resourceName(63).describe("Name of the exclusion."),
        filter: z
          .string()
          .min(1, { error: says("is empty", "write a filter of Cloud Logging, or remove the exclusion") })
          .max(FILTER_LENGTH_MAX, {
            error: says(`has more than ${FILTER_LENGTH_MAX} characters`, "shorten it"),
          })
          .regex(/^(?!.*(\$\(|\$\{|`))/, {
            error: says(
              "holds a shell expansion",
              'write a plain filter, like resource.labels.namespace_name="noisy"',
            ),
          })
          .describe("Filter of Cloud Logging; what matches is not kept."),
      }),
    )
    .max(EXCLUSIONS_MAX, {
      error: says(`lists more than ${EXCLUSIONS_MAX}`, `list at most ${EXCLUSIONS_MAX}`),
    })
    .default([])
    .describe("Logs that are not kept."),
  auditLogs: z.boolean().default(true).describe("Record who did what through the Kubernetes API."),
}).prefault({});

export const monitoringSection = section({
  enabled: z
    .boolean()
    .default(true)
    .describe("Send metrics of nodes and the control plane to Cloud Monitoring."),
  managedPrometheus: z
    .boolean()
    .default(true)
    .describe("Collect workloads' metrics with Managed Service for Prometheus."),
}).prefault({});

const service = section({
  namespace: resourceName(63).describe("Namespace of the Service."),
  name: resourceName(63).describe("Name of the Service."),
  port: wholeNumber(1, 65_535).describe("Port of the Service."),
  path: text(/^\/[A-Za-z0-9._~/-]*$/, "a path", "write it like /healthz", 200)
    .default("/")
    .describe("Path to ask for."),
});
export const healthSection = section({
  interval: duration({ min: "30s", max: "1h" }).default("1m").describe("How often the checks run."),
  checks: z
    .array(
      section({
        name: resourceName(63).describe("Name of the check, unique in the cluster."),
        service: service.describe("The Service in the cluster that is asked; any 2xx answer is healthy."),
        timeout: duration({ min: "1s", max: "30s" }).default("5s").describe("How long an answer may take."),
        failures: wholeNumber(1, 10)
          .default(3)
          .describe("Failures in a row after which it counts as unhealthy."),
      }),
    )
    .max(CHECKS_MAX, { error: says(`lists more than ${CHECKS_MAX}`, `list at most ${CHECKS_MAX}`) })
    .default([])
    .describe(
      "Services whose answers say whether the cluster does its work. Addresses outside of the cluster are not asked.",
    ),
}).prefault({});

export const notificationsSection = section({
  topic: text(
    /^projects\/[a-z][-a-z0-9]{1,28}[a-z0-9]\/topics\/[A-Za-z](?!.*\.\.)[A-Za-z0-9._~%+-]{2,254}$/,
    "a Pub/Sub topic",
    "write it like projects/PROJECT/topics/clusters",
    300,
  )
    .optional()
    .describe("Pub/Sub topic that is told of every change of phase and every event."),
}).prefault({});
