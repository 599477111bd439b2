/** The simulation's plane for tests: brought to a wanted state, or failed with what a person needs to see why not. */
import type { ClusterStatus } from "../../shared/status/cluster-status.ts";
import { createPlane, type Plane, type PlaneOptions } from "../../simulation/plane.ts";
import { TEST_NOW_MS } from "./specs.ts";

export interface SimulatedPlane extends Plane {
  /** Lets virtual time pass until the cluster satisfies `done`. @throws Error with the last status after `limitMs` */
  until(id: string, done: (status: ClusterStatus | undefined) => boolean, limitMs?: number): Promise<void>;
}

const STEP_MS = 1_000;
const LIMIT_MS = 30 * 60_000;
const COMPLAINTS_TOLD = 20;

export function simulatedPlane(seed = 1, options: PlaneOptions = {}): SimulatedPlane {
  const plane = createPlane({ ...options, seed, startMs: TEST_NOW_MS });
  const { clock, complaints, status } = plane;
  return {
    ...plane,
    until: async (id, done, limitMs = LIMIT_MS) => {
      const endMs = clock.nowMs() + limitMs;
      for (let now = await status(id); !done(now); now = await status(id)) {
        if (clock.nowMs() > endMs)
          throw new Error(
            `not so after ${limitMs / 1000} s: ${told(now)}\n${complaints.slice(-COMPLAINTS_TOLD).join("\n")}`,
          );
        await clock.advance(STEP_MS);
      }
    },
  };
}

/** A status as a failed test needs it: without the spec. */
function told(status: ClusterStatus | undefined): string {
  return JSON.stringify(
    { ...status, accepted: undefined, inventory: undefined, attempts: undefined },
    null,
    1,
  );
}
