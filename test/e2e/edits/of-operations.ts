/** Edits of how a cluster is watched and when it is maintained, none of which is done so far. */
import { notYet, type Row, set } from "./row.ts";

const fieldsOf = (list: string, fields: readonly string[], one: object): readonly Row[] =>
  fields.map((field) => notYet(`${list}[].${field}`, set(list, [one])));

export const OF_OPERATIONS: readonly Row[] = [
  ...[
    ["logging.enabled", false],
    ["logging.retention", "60d"],
    ["logging.bucket", "logs"],
    ["logging.auditLogs", false],
    ["monitoring.enabled", false],
    ["monitoring.managedPrometheus", false],
    ["health.interval", "5m"],
    ["registry.repositories", ["europe-docker.pkg.dev/demo-project/images"]],
    ["maintenance.autoUpgrade.patch", false],
    ["maintenance.autoUpgrade.minor", true],
    ["maintenance.autoUpgrade.os", false],
    ["notifications.topic", "projects/demo-project/topics/clusters"],
  ].map(([field, value]) => notYet(String(field), set(String(field), value))),
  ...fieldsOf("logging.exclude", ["name", "filter"], { name: "noise", filter: "severity<INFO" }),
  ...fieldsOf(
    "health.checks",
    ["name", "service.namespace", "service.name", "service.port", "service.path", "timeout", "failures"],
    { name: "shop", service: { namespace: "shop", name: "web", port: 80 } },
  ),
  ...fieldsOf("maintenance.windows", ["start", "timezone", "duration", "recurrence"], {
    start: "2026-01-03T02:00",
    timezone: "Europe/Amsterdam",
    duration: "4h",
    recurrence: "FREQ=WEEKLY;BYDAY=SA",
  }),
  { field: "maintenance.maxDisruptions", edit: set("maintenance.maxDisruptions", 2), quiet: true },
  ...fieldsOf("maintenance.exclusions", ["name", "from", "to", "scope"], {
    name: "sale",
    from: "2026-11-20",
    to: "2026-12-01",
    scope: "all",
  }),
];
