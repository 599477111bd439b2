/** Keeps a `serve` running and kills it at drawn moments: after so many effects or requests in the cloud, or some time. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { ServeProcess } from "./serve-process.ts";

/** A moment in the life of one process. */
export type Moment =
  /** So long after its start: often while it still starts. */
  | { readonly after: "time"; readonly delayMs: number }
  /** When so many requests of anybody have come in at the cloud, before the last is answered. */
  | { readonly after: "requests"; readonly count: number }
  /** When so much has come or gone in the cloud, at once or a moment later: while the answer is on its way or is saved. */
  | { readonly after: "changes"; readonly count: number; readonly delayMs: number };

export function drawMoment(chance: Chance): Moment {
  const upTo = (most: number): number => Math.floor(chance.fraction() * most);
  const kind = chance.fraction();
  if (kind < 0.15) return { after: "time", delayMs: upTo(1_200) };
  if (kind < 0.4) return { after: "requests", count: 1 + upTo(120) };
  return { after: "changes", count: 1 + upTo(5), delayMs: kind < 0.7 ? 0 : upTo(60) };
}

/** It serves and nothing comes or goes for so long: it is killed while it waits. */
const IDLE_MS_MAX = 700;

/** What a moment can be counted by. The answers end it. */
export interface Signs {
  onRequest(listener: () => void): () => void;
  onChange(listener: () => void): () => void;
}

export interface Killer {
  /** Kills what runs now, if there is one to spare. */
  strikeNow(): void;
  kills(): number;
  /** Starts and kills until `finished` resolves; answers the process that was spared. */
  run(finished: Promise<unknown>): Promise<ServeProcess>;
}

export function createKiller(options: {
  readonly start: () => ServeProcess;
  readonly signs: Signs;
  readonly chance: Chance;
  /** How many kills there may have been by now. */
  readonly allowance: () => number;
}): Killer {
  const { start, signs, chance, allowance } = options;
  let kills = 0;
  let current: ServeProcess | undefined;
  const strike = (): void => {
    if (kills >= allowance() || current?.child.kill("SIGKILL") !== true) return;
    current = undefined;
    kills += 1;
  };
  return {
    strikeNow: strike,
    kills: () => kills,
    run: async (finished) => {
      let over = false;
      const end = finished.finally(() => {
        over = true;
      });
      end.catch(() => {});
      for (;;) {
        const process = start();
        current = process;
        const cancel = arm(drawMoment(chance), process.ready, signs, () => kills < allowance(), strike);
        const how = await Promise.race([process.ended, end.then(() => "finished" as const)]);
        cancel();
        // One that was struck at that very moment is not spared.
        if (how === "finished" && current !== undefined) {
          await process.ready;
          return process;
        }
        const last = how === "finished" ? await process.ended : how;
        if (last !== "SIGKILL") throw new Error(`serve ended by itself (${last}): ${process.log()}`);
        if (!over) continue;
        const spared = start();
        await spared.ready;
        return spared;
      }
    },
  };
}

/** Calls `strike` at the moment, counted while kills are allowed. The answer takes it back. */
function arm(
  moment: Moment,
  ready: Promise<void>,
  signs: Signs,
  allowed: () => boolean,
  strike: () => void,
): () => void {
  let count = 0;
  let over = false;
  let idle: NodeJS.Timeout | undefined;
  let delayed: NodeJS.Timeout | undefined;
  const rest = (): void => {
    clearTimeout(idle);
    if (!over) idle = setTimeout(() => (allowed() ? strike() : rest()), IDLE_MS_MAX);
  };
  const take = (kind: Moment["after"]): void => {
    if (idle !== undefined && kind === "changes") rest();
    if (!allowed() || kind !== moment.after) return;
    count += 1;
    if (moment.after === "requests" && count === moment.count) strike();
    if (moment.after === "changes" && count === moment.count) {
      if (moment.delayMs === 0) strike();
      else delayed = setTimeout(strike, moment.delayMs);
    }
  };
  ready.then(rest, () => {});
  if (moment.after === "time" && allowed()) delayed = setTimeout(strike, moment.delayMs);
  const ends = [signs.onRequest(() => take("requests")), signs.onChange(() => take("changes"))];
  return () => {
    over = true;
    for (const end of ends) end();
    clearTimeout(idle);
    clearTimeout(delayed);
  };
}
