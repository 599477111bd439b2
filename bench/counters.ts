/** Counts what the control plane asks of its store and its cloud, by standing between them. */
import type { Cloud } from "../shared/engine/engine.ts";
import type { KubernetesTransport } from "../shared/ports/kubernetes.ts";
import type { Secrets } from "../shared/ports/secrets.ts";
import type { DocumentData, Store, Transaction } from "../shared/ports/store.ts";
import type { PlaneOptions } from "../simulation/plane.ts";
import { type RateGroup, rateGroup } from "../simulator/compute/rate-limits.ts";

export interface Counts {
  /** Documents read and documents that a query answered, as Firestore bills them. */
  storeReads: number;
  storeWrites: number;
  storeDeletes: number;
  /** Bytes of the largest document written, and its path. */
  largestBytes: number;
  largestPath: string;
  /** Writes and deletes by path. */
  touched: Map<string, number>;
  compute: Record<RateGroup, number>;
  /** Compute Engine's refusals for a rate. */
  rateLimited: number;
  kubernetesReads: number;
  kubernetesWrites: number;
  secretCalls: number;
  /** Inserts and other mutations that Compute Engine accepted. */
  inserts: number;
  mutations: number;
}

export interface Counters {
  readonly wrap: NonNullable<PlaneOptions["wrap"]>;
  /** Counted since the last `reset`. */
  readonly counts: Counts;
  reset(): void;
}

const nothing = (): Counts => ({
  storeReads: 0,
  storeWrites: 0,
  storeDeletes: 0,
  largestBytes: 0,
  largestPath: "",
  touched: new Map(),
  compute: { mutations: 0, reads: 0, lists: 0, "heavy reads": 0, "operation reads": 0 },
  rateLimited: 0,
  kubernetesReads: 0,
  kubernetesWrites: 0,
  secretCalls: 0,
  inserts: 0,
  mutations: 0,
});

/** `sizes`: documents are measured too, which costs CPU. */
export function createCounters({ sizes = false }: { readonly sizes?: boolean } = {}): Counters {
  const counts = nothing();
  const wrote = (path: string, data?: DocumentData): void => {
    if (data === undefined) counts.storeDeletes += 1;
    else counts.storeWrites += 1;
    counts.touched.set(path, (counts.touched.get(path) ?? 0) + 1);
    if (!sizes || data === undefined) return;
    const bytes = Buffer.byteLength(JSON.stringify(data));
    if (bytes > counts.largestBytes) Object.assign(counts, { largestBytes: bytes, largestPath: path });
  };
  return {
    counts,
    reset: () => void Object.assign(counts, nothing()),
    wrap: {
      store: (store) => countStore(store, counts, wrote),
      cloud: (cloud) => countCloud(cloud, counts),
      compute: (service) => (call) => {
        const group = rateGroup(call.service, call.method);
        const answer = service(call);
        counts.compute[group] += 1;
        if (answer.status === 403) counts.rateLimited += 1;
        if (group === "mutations" && answer.status < 400) {
          counts.mutations += 1;
          if (call.method === "Insert") counts.inserts += 1;
        }
        return answer;
      },
    },
  };
}

/** Calls to all of the cloud but for the store. */
export function cloudCalls(counts: Counts): number {
  const compute = Object.values(counts.compute).reduce((sum, calls) => sum + calls, 0);
  return compute + counts.secretCalls + counts.kubernetesReads + counts.kubernetesWrites;
}

function countStore(store: Store, counts: Counts, wrote: (path: string, data?: DocumentData) => void): Store {
  const counting = (inner: Transaction): Transaction => ({
    get: (path) => {
      counts.storeReads += 1;
      return inner.get(path);
    },
    create: (path, data) => {
      wrote(path, data);
      inner.create(path, data);
    },
    set: (path, data) => {
      wrote(path, data);
      inner.set(path, data);
    },
    delete: (path) => {
      wrote(path);
      inner.delete(path);
    },
  });
  return {
    get: (path) => {
      counts.storeReads += 1;
      return store.get(path);
    },
    query: async <T>(query: Parameters<Store["query"]>[0]) => {
      const page = await store.query<T>(query);
      // An empty answer is billed as one read. Source: https://cloud.google.com/firestore/pricing
      counts.storeReads += Math.max(1, page.documents.length);
      return page;
    },
    transact: (body) => store.transact((transaction) => body(counting(transaction))),
    watch: store.watch,
    close: store.close,
  };
}

function countCloud(cloud: Cloud, counts: Counts): Cloud {
  const counted = <F extends (...input: never[]) => unknown>(call: F): F =>
    ((...input: Parameters<F>) => {
      counts.secretCalls += 1;
      return call(...input);
    }) as F;
  const secrets: Secrets = {
    read: counted(cloud.secrets.read),
    create: counted(cloud.secrets.create),
    allow: counted(cloud.secrets.allow),
    list: counted(cloud.secrets.list),
    delete: counted(cloud.secrets.delete),
  };
  const kubernetes: KubernetesTransport = {
    request: (access, request) => {
      if (request.method === "GET") counts.kubernetesReads += 1;
      else counts.kubernetesWrites += 1;
      return cloud.kubernetes.request(access, request);
    },
  };
  return { compute: cloud.compute, secrets, kubernetes };
}
