/** Renewals of node leases, written only while somebody watches leases: a renewal that nobody sees costs nothing. */
import type { Control } from "../controllers/control.ts";
import { type Kubelet, LEASE_RENEWAL_MS, LEASES, NODE_LEASES } from "../kubelet.ts";
import { microTimestamp } from "../objects/object.ts";

export interface LeaseTicker {
  /** Somebody watches `resource`; the answer says that they stopped. */
  watching(resource: string): () => void;
  stop(): void;
}

export function createLeaseTicker({ state }: Control, kubelets: () => readonly Kubelet[]): LeaseTicker {
  let watchers = 0;
  let cancel: (() => void) | undefined;
  function tick() {
    for (const kubelet of kubelets()) {
      const lease = state.store.get(LEASES, NODE_LEASES, kubelet.machine.nodeName);
      const renewTime = microTimestamp(kubelet.renewedMs());
      if (lease === undefined || !state.etcd.hasQuorum() || lease.spec?.["renewTime"] === renewTime) continue;
      state.store.put(LEASES, { ...lease, spec: { ...lease.spec, renewTime } });
    }
    cancel = state.clock.after(LEASE_RENEWAL_MS, tick);
  }
  return {
    watching(resource) {
      if (resource !== LEASES) return () => {};
      watchers += 1;
      if (watchers === 1) cancel = state.clock.after(LEASE_RENEWAL_MS, tick);
      return () => {
        watchers -= 1;
        if (watchers === 0) cancel?.();
      };
    },
    stop: () => cancel?.(),
  };
}
