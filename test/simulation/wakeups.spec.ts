import type { Wakeup } from "../../shared/ports/wakeups.ts";
import { createVirtualWakeups } from "../../simulation/wakeups.ts";
import { createVirtualClock } from "../../simulator/clock.ts";
import { describeWakeups } from "../contract/wakeups.ts";

const START_MS = Date.UTC(2026, 0, 1);
const RETRY_MS = 1_000;

describeWakeups("wake-ups in memory, delivered again when the handler threw", async () => {
  const clock = createVirtualClock(START_MS);
  let handler = async (_fired: Pick<Wakeup, "clusterId" | "cause">): Promise<void> => {};
  const wakeups = createVirtualWakeups(clock, (clusterId, cause) => {
    handler({ clusterId, cause }).catch(() =>
      wakeups.schedule({ clusterId, atMs: clock.nowMs() + RETRY_MS, cause }),
    );
  });
  return {
    wakeups,
    clock,
    advance: (ms) => clock.advance(ms),
    handle: (given) => {
      handler = given;
    },
    close: async () => {},
  };
});
