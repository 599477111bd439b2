/**
 * What sweeps remember of clusters at rest, many in one document: `fleet/{shard}`. A cluster whose document is as
 * remembered then costs a sweep one read, not three. A cache of what statuses and the cloud say: it may be deleted.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Store } from "../ports/store.ts";
import type { Frozen } from "../spec/frozen.ts";
import { pages } from "./pages.ts";

const entry = z.object({
  uid: z.string(),
  /** Projects that it has resources in; none before a spec of it was accepted. */
  projects: z.array(z.string()),
  /** Of its document, as the last pass saw it. */
  seenHash: z.string(),
  /** Of its document: one that went there and back again, or was made anew, has another. Empty when there was none. */
  documentVersion: z.string(),
  /** Of its resources, as the last census that led to a pass saw them; empty before the first. */
  digest: z.string(),
  /** When a pass was last asked for. */
  lookedMs: z.number(),
});
export type LedgerEntry = Frozen<z.infer<typeof entry>>;

export interface Ledger {
  readonly entries: ReadonlyMap<string, LedgerEntry>;
  /** When all statuses were read last. */
  readonly wholeMs: number;
  /** Names of the documents that hold the entries, with the ids in each. */
  readonly shards: ReadonlyMap<string, ReadonlySet<string>>;
}

const shardSchema = z.object({
  schemaVersion: z.literal(1),
  wholeMs: z.number(),
  clusters: z.record(z.string(), entry),
});
type Shard = Frozen<z.infer<typeof shardSchema>>;
/** What is no ledger, or one of another version, is as good as forgotten: all statuses are read again. */
const FORGOTTEN: Shard = { schemaVersion: 1, wholeMs: 0, clusters: {} };

const FLEET = "fleet";
const shardPath = (name: string): string => `${FLEET}/${name}`;
/** An entry is some 250 bytes, a document at most 200 KB. */
const ENTRIES_PER_SHARD_MAX = 400;
const PAGE = 100;

/** Longer ids are of documents that are no cluster's: they are looked up each time, lest they fill the ledger. */
const ID_BYTES_MAX = 63;

export function isKept(id: string): boolean {
  return Buffer.byteLength(id) <= ID_BYTES_MAX;
}

export async function readLedger(store: Store): Promise<Ledger> {
  const entries = new Map<string, LedgerEntry>();
  const shards = new Map<string, ReadonlySet<string>>();
  const wholeMs: number[] = [];
  for await (const { path, data } of pages(store, { collection: FLEET, limit: PAGE })) {
    const shard: Shard = shardSchema.safeParse(data).data ?? FORGOTTEN;
    shards.set(path.slice(path.indexOf("/") + 1), new Set(Object.keys(shard.clusters)));
    wholeMs.push(shard.wholeMs);
    for (const [id, one] of Object.entries(shard.clusters)) entries.set(id, one);
  }
  return { entries, shards, wholeMs: wholeMs.length === 0 ? 0 : Math.min(...wholeMs) };
}

/** Writes the documents that changed, and no other. */
export async function writeLedger(
  store: Store,
  before: Ledger,
  entries: ReadonlyMap<string, LedgerEntry>,
  wholeMs: number,
): Promise<void> {
  for (const [name, ids] of placed(before, entries)) {
    const isSame = [...ids, ...(before.shards.get(name) ?? [])].every((id) =>
      isDeepStrictEqual(entries.get(id), before.entries.get(id)),
    );
    if (isSame && wholeMs === before.wholeMs) continue;
    const clusters = Object.fromEntries([...ids].map((id) => [id, entries.get(id)]));
    await store.transact(async (transaction) => {
      if (ids.size === 0) transaction.delete(shardPath(name));
      else transaction.set(shardPath(name), { schemaVersion: 1, wholeMs, clusters });
    });
  }
}

/** Each entry stays in its document; new ones fill up the first that have room. Pure. */
function placed(
  { shards }: Ledger,
  entries: ReadonlyMap<string, LedgerEntry>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = [...shards.keys()].sort();
  const next = new Map(names.map((name) => [name, new Set<string>()]));
  const known = new Map(
    names.flatMap((name) => [...(shards.get(name) ?? [])].map((id) => [id, name] as const)),
  );
  const fresh: string[] = [];
  for (const id of entries.keys()) {
    const name = known.get(id);
    if (name === undefined) fresh.push(id);
    else next.get(name)?.add(id);
  }
  for (const id of fresh) roomIn(next).add(id);
  return next;
}

function roomIn(shards: Map<string, Set<string>>): Set<string> {
  for (const ids of shards.values()) if (ids.size < ENTRIES_PER_SHARD_MAX) return ids;
  const ids = new Set<string>();
  for (let number = 0; ; number++) {
    if (shards.has(String(number))) continue;
    shards.set(String(number), ids);
    return ids;
  }
}
