/** S10 and S13: a repeat is the same request, and nothing is tried without end or pause. */
import { createHash } from "node:crypto";
import type { InvariantMaker } from "./checker.ts";
import { mutationOf, uidInName } from "./reading.ts";

/**
 * After an unknown outcome (the process died, or the answer was lost) the same change of the same thing must carry the same
 * request id, so that it takes effect once.
 */
export const requests: InvariantMaker = (watched) => {
  const unknown = new Map<string, { readonly what: string; readonly requestId: string }>();
  const hashOf = (value: unknown): string =>
    createHash("sha256")
      .update(JSON.stringify(value ?? null))
      .digest("hex")
      .slice(0, 16);
  return {
    before: (call) => {
      const mutation = mutationOf(call);
      if (mutation?.requestId === undefined) return;
      const { path, verb, body, requestId } = mutation;
      const what = `${verb} ${hashOf(body)}`;
      const earlier = unknown.get(path);
      unknown.delete(path);
      if (earlier?.what === what) {
        if (earlier.requestId === requestId) watched.held("S10");
        else watched.violated("S10", call.process.cluster, `${verb} ${path} is repeated as another request`);
      }
    },
    after: (call, { ok, code, told }) => {
      const mutation = mutationOf(call);
      if (mutation?.requestId === undefined) return;
      const { path, verb, body, requestId } = mutation;
      const lost = (ok && !told) || code === "unknown-outcome";
      if (lost) unknown.set(path, { what: `${verb} ${hashOf(body)}`, requestId });
    },
  };
};

const MINUTE_MS = 60_000;
/** A tenth of what a project may mutate in a minute (1,500): no cluster takes it all. */
const MUTATIONS_A_MINUTE_MAX = 150;
/** A creation polls every second, and a document may wake it as often. */
const PASSES_A_MINUTE_MAX = 90;
/** Refusals of one change within ten minutes: the shortest backoff doubles from one second. */
const REFUSALS_MAX = 24;
const REFUSALS_WINDOW_MS = 10 * MINUTE_MS;

export const rates: InvariantMaker = (watched) => {
  let minute = -1;
  const mutations = new Map<string, number>();
  const passes = new Map<string, number>();
  const refusals = new Map<string, number[]>();
  const counted = (counts: Map<string, number>, key: string): number => {
    const now = Math.floor(watched.clock.nowMs() / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      mutations.clear();
      passes.clear();
    }
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
  return {
    before: (call) => {
      const mutation = mutationOf(call);
      const uid = mutation === undefined ? undefined : uidInName(mutation.name);
      if (uid === undefined) return;
      const count = counted(mutations, uid);
      if (count === MUTATIONS_A_MINUTE_MAX + 1)
        watched.violated(
          "S13",
          call.process.cluster,
          `more than ${MUTATIONS_A_MINUTE_MAX} mutations in a minute`,
        );
      else watched.held("S13");
    },
    after: (call, { ok }) => {
      const mutation = mutationOf(call);
      if (mutation === undefined || ok) return;
      const key = `${mutation.verb} ${mutation.path}`;
      const nowMs = watched.clock.nowMs();
      const recent = [...(refusals.get(key) ?? []), nowMs].filter(
        (atMs) => atMs > nowMs - REFUSALS_WINDOW_MS,
      );
      refusals.set(key, recent);
      if (recent.length === REFUSALS_MAX + 1)
        watched.violated(
          "S13",
          call.process.cluster,
          `${key} was refused ${recent.length} times in ten minutes`,
        );
      else watched.held("S13");
    },
    ended: ({ what, cluster }) => {
      if (what !== "pass" || cluster === undefined) return;
      if (counted(passes, cluster) === PASSES_A_MINUTE_MAX + 1)
        watched.violated("S13", cluster, `more than ${PASSES_A_MINUTE_MAX} passes in a minute`);
      else watched.held("S13");
    },
  };
};
