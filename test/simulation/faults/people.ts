/** People delete and change resources and documents by hand, and make resources under our names. */

import { PROJECT } from "../../../simulation/world.ts";
import type { JsonObject } from "../../../simulator/compute/call.ts";
import { pathOf } from "../../../simulator/compute/links.ts";
import type { Row } from "../../../simulator/compute/row.ts";
import { serviceOf } from "../../../simulator/compute/services.ts";
import { quorumOf } from "../../../simulator/kubernetes/storage/etcd.ts";
import { cordon } from "../workload/deploy.ts";
import { between, type FaultKind, type FaultRoom, pick } from "./room.ts";

const MINUTE_MS = 60_000;
/** What a hand can reach without taking the cluster's data: no etcd disk. */
const DELETABLE = ["firewalls", "forwardingRules", "routers", "instanceTemplates", "instances"] as const;
const PATCHABLE = ["firewalls", "healthChecks", "routers"] as const;
/** Of what somebody made under a name of ours: they take it away themselves, and whoever else does is a violation. */
const MADE_BY_HAND = "made by hand";

function rowsOf(room: FaultRoom, cluster: string, collections: readonly string[]): readonly Row[] {
  const uid = room.uidOf(cluster);
  if (uid === undefined) return [];
  return [...room.cloud.compute.world.rows.all()]
    .filter((row) => collections.includes(row.collection) && row.name.startsWith(`${cluster}-${uid}-`))
    .filter(({ body }) => body["description"] !== MADE_BY_HAND)
    .filter((row) => row.state === "ready" && (row.collection !== "instances" || mayGo(room, row)))
    .sort((one, other) => (pathOf(one) < pathOf(other) ? -1 : 1));
}
const isMember = (name: string): boolean => /-cp-\d$/.test(name);

/**
 * Of a control plane one machine at a time, and never a quorum with it, which nobody can bring back: not one of two members,
 * nor the only member that another machine is about to join.
 */
function mayGo({ cloud }: FaultRoom, row: Row): boolean {
  if (!isMember(row.name)) return true;
  const members = cloud.guests.clusterOf({ path: pathOf(row), id: row.id })?.etcd.members() ?? [];
  const isWell = members.length > 0 && members.every(({ running, learner }) => running && !learner);
  const left = members.length - 1;
  const base = row.name.replace(/\d$/, "");
  const machines = [...cloud.compute.machines(PROJECT)].filter(({ name }) => name.startsWith(base));
  return isWell && (left >= quorumOf(members.length) || machines.length === 1);
}
function places(row: Row): Record<string, string> {
  const [kind, name = ""] = row.scope.split("/");
  const params: Record<string, string> = { project: PROJECT };
  if (kind === "zones") params["zone"] = name;
  if (kind === "regions") params["region"] = name;
  return params;
}
function byHand(room: FaultRoom, row: Row, method: string, body?: JsonObject): string {
  const service = serviceOf(row.collection, row.scope as "global") ?? row.collection;
  const noun = room.cloud.compute.world.kind(row.collection).noun;
  const params = { ...places(row), [noun]: row.name };
  const answer = room.cloud.compute.service({
    service,
    method,
    params,
    ...(body === undefined ? {} : { body }),
  });
  return `somebody calls ${service}.${method} on ${row.name}: ${answer.status}`;
}
function rowFor(room: FaultRoom, which: number, collections: readonly string[]): Row | undefined {
  return pick(
    room.clusters.flatMap((cluster) => rowsOf(room, cluster, collections)),
    which,
  );
}

export const PEOPLE_FAULTS: Readonly<Record<string, FaultKind>> = {
  "delete-by-hand": (room, { which }) => {
    const row = rowFor(room, which, DELETABLE);
    return row === undefined ? undefined : byHand(room, row, "Delete");
  },
  "delete-member-by-hand": (room, { which }) => {
    const members = room.clusters
      .flatMap((cluster) => rowsOf(room, cluster, ["instances"]))
      .filter(({ name }) => isMember(name));
    const row = pick(members, which);
    return row === undefined ? undefined : byHand(room, row, "Delete");
  },
  "edit-by-hand": (room, { which, amount }) => {
    const row = rowFor(room, which, PATCHABLE);
    if (row === undefined) return undefined;
    const body: Readonly<Record<string, JsonObject>> = {
      firewalls: { disabled: true },
      healthChecks: { checkIntervalSec: between(20, 60, amount), timeoutSec: 5 },
      routers: { nats: [] },
    };
    return byHand(room, row, "Patch", body[row.collection]);
  },
  "resize-by-hand": (room, { which, amount }) => {
    const row = rowFor(room, which, ["instanceGroupManagers"]);
    if (row === undefined) return undefined;
    const { world, service } = room.cloud.compute;
    const [, uid = "", pool = ""] = /-([a-z0-9]{6})-n-(.+)$/.exec(row.name) ?? [];
    room.resizedByHand(uid, pool);
    const size = String(between(0, 4, amount));
    const name = serviceOf(row.collection, row.scope as "global") ?? "";
    const params = { ...places(row), [world.kind(row.collection).noun]: row.name, size };
    const answer = service({ service: name, method: "Resize", params });
    return `somebody resizes ${row.name} to ${size}: ${answer.status}`;
  },
  /** They let it go again later. What is ours is told by its mark, so their cordon of a node that we drain already is ours. */
  "cordon-by-hand": (room, { which, amount }) => {
    const uids = new Set(room.clusters.map((cluster) => room.uidOf(cluster)));
    const nodes = [...room.cloud.compute.machines(PROJECT)].filter(
      ({ labels }) => labels["clusterwright-pool"] !== undefined && uids.has(labels["clusterwright-uid"]),
    );
    const { name, labels } = pick(nodes, which) ?? {};
    const uid = labels?.["clusterwright-uid"];
    if (name === undefined || uid === undefined || !cordon(room.cloud, uid, name, true)) return undefined;
    room.undoLater(between(2 * MINUTE_MS, 20 * MINUTE_MS, amount), () => {
      cordon(room.cloud, uid, name, false);
    });
    return `somebody cordons ${name}`;
  },
  /** The same rule under the same name, made anew by somebody else: it bears no marker. */
  "foreign-firewall": (room, { which, amount }) => {
    const row = rowFor(room, which, ["firewalls"]);
    if (row === undefined) return undefined;
    const { world } = room.cloud.compute;
    const { description: _ours, ...body } = row.body;
    world.remove(row);
    const made = world.create(row, { ...body, description: MADE_BY_HAND, disabled: true }, "ready");
    const path = pathOf(made);
    room.foreign(path);
    room.undoLater(between(2 * MINUTE_MS, 20 * MINUTE_MS, amount), () => {
      room.foreignGone(path);
      world.remove(made);
    });
    return `somebody replaces ${path} by one of their own`;
  },
  "document-gone": (room, { which, amount }) => {
    const cluster = pick(room.clusters, which) ?? "";
    room.writeDocument(cluster, undefined);
    room.undoLater(between(MINUTE_MS, 10 * MINUTE_MS, amount), () => room.writeDocument(cluster, "wished"));
    return `the document of ${cluster} is removed by hand`;
  },
  "document-nonsense": (room, { which, amount }) => {
    const cluster = pick(room.clusters, which) ?? "";
    const data = pick<Readonly<Record<string, unknown>>>(
      [
        {},
        { spec: null },
        { spec: "$(rm -rf /)" },
        { spec: [] },
        { deletion: {} },
        { spec: { name: "../x" } },
      ],
      amount,
    );
    room.writeDocument(cluster, data ?? {});
    room.undoLater(between(MINUTE_MS, 10 * MINUTE_MS, amount), () => room.writeDocument(cluster, "wished"));
    return `the document of ${cluster} is overwritten by ${JSON.stringify(data)}`;
  },
  "wrong-tombstone": (room, { which, amount }) => {
    const cluster = pick(room.clusters, which) ?? "";
    room.writeDocument(cluster, { deletion: { uid: "zzzzzz" } });
    room.undoLater(between(MINUTE_MS, 10 * MINUTE_MS, amount), () => room.writeDocument(cluster, "wished"));
    return `the document of ${cluster} gets a tombstone for another cluster's uid`;
  },
};
