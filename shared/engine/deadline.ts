/** The time that all calls of a pass share: one that has not answered by then is given up, so that the pass can still save. */

import type { Clock } from "../ports/clock.ts";
import { CloudError } from "../ports/cloud-error.ts";

export interface Deadline {
  /** @throws CloudError with `code` once the time is over. The call goes on, but nobody listens. */
  within<T>(call: Promise<T>, code: "unavailable" | "unknown-outcome"): Promise<T>;
  /** Nothing is waited for any more. */
  end(): void;
}

const LATE = Symbol("late");

export function startDeadline(clock: Clock, ms: number): Deadline {
  let end = (): void => {};
  const late = new Promise<typeof LATE>((resolve) => {
    end = clock.after(ms, () => resolve(LATE));
  });
  return {
    within: async (call, code) => {
      const first = await Promise.race([call, late]);
      if (first === LATE) throw new CloudError(code, `no answer within ${ms / 1_000} s`);
      return first;
    },
    end,
  };
}
