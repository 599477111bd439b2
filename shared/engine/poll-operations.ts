/** Asks what the operations under way have come to. */
import { isCloudError } from "../ports/cloud-error.ts";
import type { InFlight } from "../status/cluster-status.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { askedFromMs } from "./next-wake.ts";
import { note, raiseAlarms, settleOperations, type Work } from "./work.ts";

/** Not those that cannot have ended yet. Operations of a shared network's host project are asked for there. */
export async function pollOperations(engine: Engine, work: Work, deadline: Deadline): Promise<Work> {
  const nowMs = engine.clock.nowMs();
  const asked = work.status.inFlight.filter((flight) => isWorthAsking(flight, nowMs, engine.haste));
  if (asked.length === 0) return work;
  const paths = asked.map((flight) => flight.operation);
  const byProject = Map.groupBy(paths, (path) => path.split("/")[1] ?? "");
  try {
    const operations = await Promise.all(
      [...byProject].map(([project, some]) =>
        deadline.within(engine.cloud.compute.operations(project, some), "unavailable"),
      ),
    );
    const settled = settleOperations(work, asked, operations.flat(), nowMs, engine.chance.fraction());
    return raiseAlarms(settled, nowMs);
  } catch (error) {
    if (!isCloudError(error)) throw error;
    // Not knowing how an operation ended is no reason to stop looking at the rest.
    return note(work, { level: "warning", verb: "unseen", key: "operations", message: error.message });
  }
}

/** Also what was begun by a clock that is ahead. */
function isWorthAsking(flight: InFlight, nowMs: number, haste: number | undefined): boolean {
  return nowMs >= askedFromMs(flight, haste) || nowMs < flight.startedMs;
}
