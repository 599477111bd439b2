/** Tells watchers of documents about changes, made here or by another process. */
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { collectionOf } from "../document-rules.ts";

/** Milliseconds between looks for the writes of other processes; a look costs some microseconds. */
const POLL_MS = 500;

type Listener = (changed: readonly string[]) => void;
interface Watcher {
  readonly path: string;
  readonly listener: Listener;
}

/** What watching needs to know of the documents. */
export interface WatchSource {
  /** The revision of the newest write. */
  revision(): number;
  /** Paths written or deleted after a revision, or nothing when that is too long ago to say. */
  changedSince(revision: number): readonly string[] | undefined;
  /** The document, or the documents directly in the collection, that are there. */
  existing(path: string): readonly string[];
  /** Changes whenever another connection has written; nothing for documents that no other can reach. */
  foreignVersion(): number | undefined;
}

export interface WatchHub {
  watch(path: string, listener: Listener): () => void;
  /** To be called after each write of this process. */
  written(): void;
  close(): void;
}

export function createWatchHub(source: WatchSource, clock: Clock, log: Log | undefined): WatchHub {
  const watchers = new Set<Watcher>();
  let seenRevision = 0;
  let seenForeign: number | undefined;
  let stopPolling: (() => void) | undefined;
  let flushing = false;

  const call = (watcher: Watcher, changed: readonly string[]) => {
    if (!watchers.has(watcher)) return;
    try {
      watcher.listener(changed);
    } catch (error) {
      log?.("error", "a listener of documents threw", { path: watcher.path, error: String(error) });
    }
  };
  const flush = () => {
    flushing = false;
    if (watchers.size === 0) return;
    const revision = source.revision();
    if (revision === seenRevision) return;
    const changed = source.changedSince(seenRevision);
    seenRevision = revision;
    for (const watcher of watchers) {
      const paths =
        changed === undefined ? source.existing(watcher.path) : changed.filter(concerns(watcher.path));
      if (changed === undefined || paths.length > 0) call(watcher, paths);
    }
  };
  const guarded = (step: () => void) => () => {
    try {
      step();
    } catch (error) {
      log?.("warning", "could not look for changed documents, trying again", { error: String(error) });
    }
  };
  const poll = () => {
    const foreign = source.foreignVersion();
    if (foreign !== seenForeign) flush();
    seenForeign = foreign;
  };
  const keepPolling = () => {
    stopPolling = clock.after(POLL_MS, () => {
      guarded(poll)();
      keepPolling();
    });
  };
  const begin = () => {
    seenRevision = source.revision();
    seenForeign = source.foreignVersion();
    if (seenForeign !== undefined) keepPolling();
  };
  const end = () => {
    stopPolling?.();
    stopPolling = undefined;
  };

  return {
    watch: (path, listener) => {
      const watcher = { path, listener };
      if (watchers.size === 0) begin();
      watchers.add(watcher);
      queueMicrotask(guarded(() => watchers.has(watcher) && call(watcher, source.existing(path))));
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) end();
      };
    },
    // After the writer's own code has run on: a listener never runs inside of a call to the store.
    written: () => {
      if (flushing || watchers.size === 0) return;
      flushing = true;
      queueMicrotask(guarded(flush));
    },
    close: () => {
      watchers.clear();
      end();
    },
  };
}

function concerns(path: string): (changed: string) => boolean {
  return (changed) => changed === path || collectionOf(changed) === path;
}
