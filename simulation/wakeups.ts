/** The Wakeups port in memory under a virtual clock. What fires is the caller's to deliver, and to deliver again. */
import type { Clock } from "../shared/ports/clock.ts";
import type { Wakeups } from "../shared/ports/wakeups.ts";

export interface VirtualWakeups extends Wakeups {
  /** When the cluster will be woken. */
  pendingMs(cluster: string): number | undefined;
  /** Clusters that have one pending. */
  count(): number;
}

export function createVirtualWakeups(
  clock: Clock,
  fire: (cluster: string, cause: string) => void,
): VirtualWakeups {
  const pending = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  return {
    schedule: async ({ clusterId, atMs, cause }) => {
      const before = pending.get(clusterId);
      if (before !== undefined && before.atMs <= atMs) return;
      before?.cancel();
      const cancel = clock.after(Math.max(0, atMs - clock.nowMs()), () => {
        pending.delete(clusterId);
        fire(clusterId, cause);
      });
      pending.set(clusterId, { atMs, cancel });
    },
    cancel: async (clusterId) => {
      pending.get(clusterId)?.cancel();
      pending.delete(clusterId);
    },
    pendingMs: (cluster) => pending.get(cluster)?.atMs,
    count: () => pending.size,
  };
}
