/**
 * Takes an incident to the cluster whose machine it is about: into its inbox, and a pass at once. It trusts nothing that the
 * incident says of the machine: the cloud is asked.
 *
 * told ─machine is there, of that id, ours─► into the inbox, once ─► a pass
 *   └─gone, or another one bears its name─► stale: nothing is written, the cluster looks
 *   └─nobody's─► ignored
 */
import { CLOCK_AHEAD_MAX_MS } from "../nodes/health.ts";
import { parseComputePath } from "../ports/compute.ts";
import { ownersByMachineName } from "../resources/names.ts";
import { isOurs, ownerOf } from "../resources/owner.ts";
import type { ClusterStatus } from "../status/cluster-status.ts";
import { EMPTY_INBOX, INBOX_ENTRIES_MAX, type Inbox, type Incident } from "../status/inbox.ts";
import type { Engine } from "./engine.ts";
import { INCIDENT_KEPT_MS } from "./inbox.ts";
import { inboxPath, statusPath } from "./paths.ts";

export type Heard =
  /** It is in the inbox now. */
  | { readonly heard: "taken-in"; readonly cluster: string }
  /** It is in the inbox or in the status already. */
  | { readonly heard: "doubled"; readonly cluster: string }
  /** Of a machine that is no more; those whose it was look, for whatever happened has happened to them. */
  | { readonly heard: "stale"; readonly clusters: readonly string[]; readonly reason: string }
  | { readonly heard: "ignored"; readonly reason: string };

/** @throws StoreError, CloudError when a later try may do better */
export async function hear(engine: Engine, incident: Incident): Promise<Heard> {
  const ref = parseComputePath(incident.machine);
  const instance = await engine.cloud.compute.get({ ...ref, kind: "instances" });
  if (instance === undefined) return stale(engine, incident, "the machine is gone");
  const owner = ownerOf(instance);
  if (owner === undefined) return { heard: "ignored", reason: "the machine belongs to no cluster" };
  if (instance.id !== incident.instanceId)
    return stale(engine, incident, "another machine bears its name now");
  // Whoever remembers what was told forgets it after so long, and would take it in again.
  if (engine.clock.nowMs() - incident.atMs >= INCIDENT_KEPT_MS)
    return stale(engine, incident, "it was told too late");
  // It would be the newest that is known of its machine for as long, and hide whatever comes.
  if (incident.atMs > engine.clock.nowMs() + CLOCK_AHEAD_MAX_MS)
    return stale(engine, incident, "its time is still to come");
  const { clusterId } = owner;
  const kept = await engine.store.transact(async (transaction) => {
    const status = (await transaction.get<ClusterStatus>(statusPath(clusterId)))?.data;
    const inbox = (await transaction.get<Inbox>(inboxPath(clusterId)))?.data ?? EMPTY_INBOX;
    const spec = status?.accepted;
    if (status === undefined || spec === undefined) return "foreign";
    if (!isOurs({ id: clusterId, uid: status.uid, spec }, incident.machine, instance)) return "foreign";
    if (status.deleting) return "deleting";
    if (knows(status.care?.incidents, incident)) return "known";
    if (knows(inbox.incidents, incident)) return "doubled";
    transaction.set(inboxPath(clusterId), { ...withIncident(inbox, incident) });
    return "taken-in";
  });
  if (kept === "foreign") return { heard: "ignored", reason: "the machine belongs to no cluster of ours" };
  if (kept === "deleting") return { heard: "ignored", reason: "its cluster is being deleted" };
  if (kept === "known") return { heard: "doubled", cluster: clusterId };
  // Also for one that is in the inbox already: whoever put it there may have died before it asked.
  await wake(engine, clusterId, incident);
  return { heard: kept, cluster: clusterId };
}

/** Pure. The oldest go where there are too many: a pass looks afresh anyway. */
function withIncident(inbox: Inbox, incident: Incident): Inbox {
  const room = Math.max(1, INBOX_ENTRIES_MAX - inbox.commands.length);
  return { ...inbox, incidents: [...inbox.incidents, incident].slice(-room) };
}

function knows(incidents: readonly Incident[] | undefined, { id }: Incident): boolean {
  return incidents?.some((one) => one.id === id) ?? false;
}

/** Nothing is written for it: a name is all that it has, and names come back. */
async function stale(engine: Engine, incident: Incident, reason: string): Promise<Heard> {
  const { name, project } = parseComputePath(incident.machine);
  const clusters: string[] = [];
  for (const owner of ownersByMachineName(name)) {
    const status = (await engine.store.get<ClusterStatus>(statusPath(owner.name)))?.data;
    if (status?.uid !== owner.uid || status.accepted?.project !== project) continue;
    await wake(engine, owner.name, incident);
    clusters.push(owner.name);
  }
  return { heard: "stale", clusters, reason };
}

function wake(engine: Engine, clusterId: string, { kind, machine }: Incident): Promise<void> {
  const name = machine.slice(machine.lastIndexOf("/") + 1);
  return engine.wakeups.schedule({ clusterId, atMs: engine.clock.nowMs(), cause: `${kind} of ${name}` });
}
