/** S1, S2, S11: what is made can be found again, what is not ours is not touched, nobody reaches into another cluster. */

import type { ObservedCall } from "../observer.ts";
import { createAuthorities } from "./authorities.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import {
  type Mutation,
  markedUid,
  mutationOf,
  rowAt,
  type SeenStatus,
  statusIn,
  uidInName,
} from "./reading.ts";

/** Answers to these carry no marker of their own: they belong to the resource that the name says. */
const UNMARKED = new Set(["secrets"]);

export const ownership: InvariantMaker = (watched) => {
  const uids = new Map<string, string>();
  const known = new Set<string>();
  const uidOf = createAuthorities(watched);
  return {
    committed: ({ path, data }) => {
      const cluster = statusIn(path);
      if (cluster === undefined) return;
      const { uid } = (data ?? {}) as Partial<SeenStatus>;
      if (uid === undefined) uids.delete(cluster);
      else {
        uids.set(cluster, uid);
        known.add(`${cluster}-${uid}`);
      }
    },
    before: (call) => {
      const cluster = call.process.cluster;
      if (call.port === "kubernetes") return checkAuthority(watched, uidOf(call), uids, call);
      const mutation = mutationOf(call);
      if (mutation === undefined) return;
      const uid = uidInName(mutation.name);
      const stem = mutation.name.slice(0, mutation.name.indexOf(uid ?? "?") + (uid?.length ?? 0));
      if (uid === undefined || !known.has(stem))
        watched.violated(
          "S1",
          cluster,
          `${mutation.verb} ${mutation.path}: its name is of no cluster that has a status`,
        );
      else watched.held("S1");
      if (cluster !== undefined && !mutation.name.startsWith(`${cluster}-`))
        watched.violated("S11", cluster, `a pass of ${cluster} asks for ${mutation.verb} ${mutation.path}`);
      else watched.held("S11");
      if (mutation.verb === "insert" || mutation.verb === "create")
        return checkMark(watched, call, mutation, uid);
      if (!UNMARKED.has(mutation.collection)) checkOwner(watched, call, mutation, uid);
    },
    changed: ({ type, path }) => {
      if (watched.foreign.size === 0) return;
      if (type !== "inserted" && watched.foreign.has(path))
        watched.violated("S2", undefined, `${path} is not ours, and was ${type}`);
      else watched.held("S2");
    },
  };
};

function checkMark(watched: Watched, call: ObservedCall, mutation: Mutation, uid: string | undefined): void {
  if (markedUid(mutation.body) === uid) watched.held("S1");
  else watched.violated("S1", call.process.cluster, `${mutation.path} is made without the marker of ${uid}`);
}

/** Looks into the world at the very moment of the call. */
function checkOwner(watched: Watched, call: ObservedCall, mutation: Mutation, uid: string | undefined): void {
  const row = rowAt(watched.cloud, mutation.path);
  if (row === undefined) return;
  const owner = markedUid(row.body);
  if (owner === uid) watched.held("S2");
  const whose = owner === undefined ? "nobody's" : `of ${owner}`;
  if (owner !== uid)
    watched.violated("S2", call.process.cluster, `${mutation.verb} ${mutation.path}, which is ${whose}`);
}

/** Nobody speaks to another cluster's API. */
function checkAuthority(
  watched: Watched,
  uid: string | undefined,
  uids: ReadonlyMap<string, string>,
  { process: { cluster } }: ObservedCall,
): void {
  if (cluster === undefined || uid === undefined) return;
  if (uid === uids.get(cluster)) watched.held("S11");
  else watched.violated("S11", cluster, `a pass of ${cluster} speaks to the API of ${uid}`);
}
