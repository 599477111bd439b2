/** Edits of how a cluster is watched, none of which is done so far, and of when it is maintained. */
import { type CarriedOut, notYet, type Row, set } from "./row.ts";

const fieldsOf = (list: string, fields: readonly string[], one: object): readonly Row[] =>
  fields.map((field) => notYet(`${list}[].${field}`, set(list, [one])));

/** Windows and exclusions rule what happens when (maintenance.spec.ts); these let everything else happen at once. */
const ALWAYS = { start: "2026-01-03T00:00", timezone: "UTC", duration: "24h", recurrence: "FREQ=DAILY" };
const PAST = { name: "sale", from: "2026-10-01", to: "2026-10-05", scope: "all" };
const rulesOf = (list: string, first: object, changes: object): readonly CarriedOut[] =>
  Object.entries(changes).map(([field, value]) => ({
    field: `maintenance.${list}[].${field}`,
    edit: (draft) => {
      const { maintenance = {} } = draft;
      const [one = first] = maintenance[list] ?? [];
      draft.maintenance = { ...maintenance, [list]: [{ ...one, [field]: value }] };
    },
    quiet: true,
  }));

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
    ["notifications.topic", "projects/demo-project/topics/clusters"],
  ].map(([field, value]) => notYet(String(field), set(String(field), value))),
  ...fieldsOf("logging.exclude", ["name", "filter"], { name: "noise", filter: "severity<INFO" }),
  ...fieldsOf(
    "health.checks",
    ["name", "service.namespace", "service.name", "service.port", "service.path", "timeout", "failures"],
    { name: "shop", service: { namespace: "shop", name: "web", port: 80 } },
  ),
  ...rulesOf("windows", ALWAYS, {
    start: "2026-02-01T00:00",
    timezone: "Europe/Amsterdam",
    duration: "36h",
    recurrence: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
  }),
  { field: "maintenance.autoUpgrade.patch", edit: set("maintenance.autoUpgrade.patch", false), quiet: true },
  // There is no further minor, or the range that was asked for is not left.
  { field: "maintenance.autoUpgrade.minor", edit: set("maintenance.autoUpgrade.minor", true), quiet: true },
  { field: "maintenance.autoUpgrade.os", edit: set("maintenance.autoUpgrade.os", false), quiet: true },
  { field: "maintenance.maxDisruptions", edit: set("maintenance.maxDisruptions", 2), quiet: true },
  ...rulesOf("exclusions", PAST, { name: "old-sale", from: "2026-10-02", to: "2026-10-06", scope: "minor" }),
];
