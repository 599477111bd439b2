/** Asks what the operations under way have come to. */
import { isCloudError } from "../ports/cloud-error.ts";
import type { Deadline } from "./deadline.ts";
import type { Engine } from "./engine.ts";
import { note, raiseAlarms, settleOperations, type Work } from "./work.ts";

/** Operations of a shared network's host project are asked for there. */
export async function pollOperations(engine: Engine, work: Work, deadline: Deadline): Promise<Work> {
  if (work.status.inFlight.length === 0) return work;
  const nowMs = engine.clock.nowMs();
  const paths = work.status.inFlight.map((flight) => flight.operation);
  const byProject = Map.groupBy(paths, (path) => path.split("/")[1] ?? "");
  try {
    const operations = await Promise.all(
      [...byProject].map(([project, some]) =>
        deadline.within(engine.cloud.compute.operations(project, some), "unavailable"),
      ),
    );
    const settled = settleOperations(work, operations.flat(), nowMs, engine.chance.fraction());
    return raiseAlarms(settled, nowMs);
  } catch (error) {
    if (!isCloudError(error)) throw error;
    // Not knowing how an operation ended is no reason to stop looking at the rest.
    return note(work, { level: "warning", verb: "unseen", key: "operations", message: error.message });
  }
}
