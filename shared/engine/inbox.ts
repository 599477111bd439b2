/** Takes what the outside said into a cluster's status: incidents and commands, each once. Pure. */
import { type Care, NO_CARE } from "../status/care.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import type { AcceptedCommand, Inbox, Incident } from "../status/inbox.ts";
import { note, type Work } from "./work.ts";

/** Longer than any double of a message is delivered late; what an incident led to is decided within minutes. */
export const INCIDENT_KEPT_MS = 24 * 3_600_000;
/** The status has little room; of a storm the newest say enough. */
export const INCIDENTS_KEPT_MAX = 50;

export function takeInInbox(work: Work, inbox: Inbox | undefined, nowMs: number): Work {
  const { incidents = [], commands = [] } = inbox ?? {};
  if (incidents.length + commands.length === 0) return work;
  const care = work.status.care ?? NO_CARE;
  const known = new Set(care.incidents.map(({ id }) => id));
  const news = [...new Map(incidents.map((one) => [one.id, one])).values()].filter(
    ({ id }) => !known.has(id),
  );
  const lines = [...news.map(incidentLine), ...commands.map(commandLine)];
  return note(
    withCare(work, {
      ...care,
      incidents: recent([...care.incidents, ...news], nowMs),
      commands: [...care.commands, ...commands],
    }),
    ...lines,
  );
}

function withCare(work: Work, care: Care): Work {
  const status: ClusterStatus = { ...work.status, care };
  return { ...work, status };
}

function recent(incidents: readonly Incident[], nowMs: number): readonly Incident[] {
  return incidents.filter(({ atMs }) => nowMs - atMs < INCIDENT_KEPT_MS).slice(-INCIDENTS_KEPT_MAX);
}

function incidentLine({ kind, machine, method, message }: Incident) {
  const level = kind === "unknown" || kind === "host-error" ? "warning" : "info";
  return { level, verb: "incident", key: machine, message: `${kind} (${method}): ${message}` } as const;
}

function commandLine({ command, node, pool, reason, requestedBy, operation }: AcceptedCommand) {
  const target = node ?? pool ?? "cluster";
  const message = `${command} of ${target} asked for by ${requestedBy}: ${reason} (operation ${operation})`;
  return { level: "info", verb: "command", key: target, message } as const;
}
