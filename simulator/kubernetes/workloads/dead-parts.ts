/** Parts of control-plane machines that end as soon as they start, while the kubelet beside them goes on. */

export type Part = "kube-apiserver" | "etcd";
/** What mends it: that its machine boots, or only that it is made anew. */
export type Mended = "boot" | "anew";

export interface DeadParts {
  kill(nodeName: string, part: Part, until: Mended, nowMs: number): void;
  /** Its machine is switched off: the next boot begins with what is well. */
  switchedOff(nodeName: string): void;
  /** Another machine has taken its name, or somebody mended it by hand. */
  forget(nodeName: string): void;
  /** An API server asks the etcd beside it alone, so it is dead with that (kubeadm's `--etcd-servers`). */
  isDead(nodeName: string, component: string): boolean;
  /** Since when something on it is; nothing when all of it runs. */
  sinceMs(nodeName: string): number | undefined;
}

export function createDeadParts(): DeadParts {
  const dead = new Map<string, ReadonlyMap<Part, { readonly until: Mended; readonly sinceMs: number }>>();
  const on = (nodeName: string) => dead.get(nodeName) ?? new Map();
  return {
    kill: (nodeName, part, until, sinceMs) =>
      void dead.set(nodeName, new Map([...on(nodeName), [part, { until, sinceMs }]])),
    switchedOff: (nodeName) => {
      const left = [...on(nodeName)].filter(([, { until }]) => until === "anew");
      if (left.length === 0) dead.delete(nodeName);
      else dead.set(nodeName, new Map(left));
    },
    forget: (nodeName) => void dead.delete(nodeName),
    isDead: (nodeName, component) => {
      const parts = dead.get(nodeName);
      if (parts === undefined) return false;
      return parts.has(component as Part) || (component === "kube-apiserver" && parts.has("etcd"));
    },
    sinceMs: (nodeName) => {
      const moments = [...on(nodeName).values()].map(({ sinceMs }) => sinceMs);
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
  };
}
