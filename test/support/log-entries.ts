/** Audit log entries of machines as Google writes them, and the pushes that Pub/Sub makes of them. */
import { TEST_NOW_MS } from "./specs.ts";

export const PROJECT = "demo-project";
export const ZONE = "europe-west4-a";
export const MACHINE_NAME = "quickstart-abc123-n-general-x7k2";
export const MACHINE_ID = "1234567890123456789";

type Fields = Readonly<Record<string, unknown>>;

export interface EntryChanges {
  readonly method?: string;
  readonly insertId?: string;
  readonly timestamp?: string;
  readonly name?: string;
  readonly instanceId?: string;
  readonly project?: string;
  /** Of protoPayload. */
  readonly payload?: Fields;
  /** Of the entry. */
  readonly entry?: Fields;
}

export function logEntry({ method = "compute.instances.hostError", ...changes }: EntryChanges = {}): Fields {
  const { project = PROJECT, name = MACHINE_NAME, instanceId = MACHINE_ID } = changes;
  const timestamp = changes.timestamp ?? new Date(TEST_NOW_MS - 1_000).toISOString();
  return {
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      status: { message: "Instance terminated by Compute Engine." },
      authenticationInfo: { principalEmail: "system@google.com" },
      serviceName: "compute.googleapis.com",
      methodName: method,
      resourceName: `projects/${project}/zones/${ZONE}/instances/${name}`,
      request: { "@type": `type.googleapis.com/${method}` },
      ...changes.payload,
    },
    insertId: changes.insertId ?? "abc123",
    resource: {
      type: "gce_instance",
      labels: { instance_id: instanceId, project_id: project, zone: ZONE },
    },
    timestamp,
    severity: "INFO",
    logName: `projects/${project}/logs/cloudaudit.googleapis.com%2Fsystem_event`,
    operation: { id: "systemevent-1", producer: method, first: true, last: true },
    receiveTimestamp: timestamp,
    ...changes.entry,
  };
}
export const hostErrorEntry = (changes: EntryChanges = {}): Fields => logEntry(changes);

let messages = 0;
/** A repeat has a message id of its own. */
export function push(said: unknown): string {
  messages += 1;
  const data = Buffer.from(typeof said === "string" ? said : JSON.stringify(said)).toString("base64");
  return JSON.stringify({
    message: { data, messageId: String(messages), publishTime: "2026-11-01T12:00:00Z", attributes: {} },
    subscription: "projects/control/subscriptions/machine-events",
  });
}
