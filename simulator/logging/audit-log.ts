/** What happens to machines as the audit log of system events words it. Source: entries of the real one, by their method. */
import { createHash } from "node:crypto";
import type { JsonObject } from "../compute/json.ts";
import type { SystemEvent } from "../compute/machine.ts";

export interface LogEntry {
  readonly insertId: string;
  readonly timestamp: string;
  readonly receiveTimestamp: string;
  readonly severity: "INFO" | "NOTICE";
  readonly logName: string;
  readonly resource: {
    readonly type: "gce_instance";
    readonly labels: { readonly instance_id: string; readonly project_id: string; readonly zone: string };
  };
  readonly protoPayload: JsonObject;
  readonly operation: {
    readonly id: string;
    readonly producer: string;
    readonly first: true;
    readonly last: true;
  };
}

/** By method, without `compute.instances.`; automaticRestart comes without a status, and without who did it. */
const MESSAGES: Readonly<Record<string, string>> = {
  hostError: "Instance terminated by Compute Engine.",
  preempted: "Instance was preempted.",
  migrateOnHostMaintenance: "Instance migrated during Compute Engine maintenance.",
  terminateOnHostMaintenance: "Instance terminated during Compute Engine maintenance.",
  guestTerminate: "Guest OS in the instance terminated.",
  "repair.recreateInstance": "Instance Group Manager recreates the instance.",
  upcomingMaintenance: "Maintenance is upcoming for the instance.",
};
const BARE = new Set(["automaticRestart"]);
const INSERT_ID_LETTERS = 14;

/** The answer numbers entries, so that two at one moment are two. */
export function createAuditLog(): (event: SystemEvent) => LogEntry {
  let serial = 0;
  return (event) => {
    serial += 1;
    return entryOf(event, serial);
  };
}

function entryOf({ method, path, id, atMs, metadata }: SystemEvent, serial: number): LogEntry {
  const [, project_id = "", zone = ""] = /^projects\/([^/]+)\/zones\/([^/]+)\//.exec(path) ?? [];
  const word = method.replace(/^compute\.instances\./, "");
  const at = new Date(atMs).toISOString();
  const hash = createHash("sha256").update(`${path} ${method} ${atMs} ${serial}`).digest("hex");
  const who = BARE.has(word)
    ? {}
    : {
        status: { message: MESSAGES[word] ?? word },
        authenticationInfo: { principalEmail: "system@google.com" },
      };
  return {
    insertId: hash.slice(0, INSERT_ID_LETTERS),
    timestamp: at,
    receiveTimestamp: at,
    severity: "INFO",
    logName: `projects/${project_id}/logs/cloudaudit.googleapis.com%2Fsystem_event`,
    resource: { type: "gce_instance", labels: { instance_id: id, project_id, zone } },
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      ...who,
      serviceName: "compute.googleapis.com",
      methodName: method,
      resourceName: path,
      request: { "@type": `type.googleapis.com/${method}` },
      ...(metadata === undefined ? {} : { metadata }),
    },
    operation: {
      id: `systemevent-${atMs}-${hash.slice(0, 13)}-${hash.slice(13, 21)}`,
      producer: method,
      first: true,
      last: true,
    },
  };
}

/** As Pub/Sub pushes the entry that a sink has put into a topic. Source: https://cloud.google.com/pubsub/docs/push#receive_push. */
export function pushBody(entry: LogEntry, messageId: string, subscription: string): JsonObject {
  const publishTime = entry.receiveTimestamp;
  return {
    message: {
      attributes: { "logging.googleapis.com/timestamp": entry.timestamp },
      data: Buffer.from(JSON.stringify(entry)).toString("base64"),
      messageId,
      message_id: messageId,
      publishTime,
      publish_time: publishTime,
    },
    subscription,
  };
}
