/** Parts of control-plane machines that end as soon as they start, while the kubelet beside them goes on. */

export type Part = "kube-apiserver" | "etcd";
/** A boot mends what died once; the others take another machine. Without its manifest there is not even a pod. */
export type Death = "once" | "always" | "manifest-gone";

export interface DeadParts {
  kill(nodeName: string, part: Part, death: Death, nowMs: number): void;
  /** Its machine is switched off: the next boot begins with what is well. */
  switchedOff(nodeName: string): void;
  /** Another machine has taken its name, or somebody mended it by hand. */
  forget(nodeName: string): void;
  /** An API server asks the etcd beside it alone, so it is dead with that (kubeadm's `--etcd-servers`). */
  isDead(nodeName: string, component: string): boolean;
  isManifestGone(nodeName: string, component: string): boolean;
  /** Since when something on it is; nothing when all of it runs. */
  sinceMs(nodeName: string): number | undefined;
}

export function createDeadParts(): DeadParts {
  const dead = new Map<string, ReadonlyMap<Part, { readonly death: Death; readonly sinceMs: number }>>();
  const on = (nodeName: string) => dead.get(nodeName) ?? new Map();
  return {
    kill: (nodeName, part, death, sinceMs) =>
      void dead.set(nodeName, new Map([...on(nodeName), [part, { death, sinceMs }]])),
    switchedOff: (nodeName) => {
      const left = [...on(nodeName)].filter(([, { death }]) => death !== "once");
      if (left.length === 0) dead.delete(nodeName);
      else dead.set(nodeName, new Map(left));
    },
    forget: (nodeName) => void dead.delete(nodeName),
    isDead: (nodeName, component) => {
      const parts = dead.get(nodeName);
      if (parts === undefined) return false;
      return parts.has(component as Part) || (component === "kube-apiserver" && parts.has("etcd"));
    },
    isManifestGone: (nodeName, component) =>
      dead.get(nodeName)?.get(component as Part)?.death === "manifest-gone",
    sinceMs: (nodeName) => {
      const moments = [...on(nodeName).values()].map(({ sinceMs }) => sinceMs);
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
  };
}
