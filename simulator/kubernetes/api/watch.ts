/** Watches: what has changed since a resourceVersion, then every change as it happens, until somebody ends it. */
import type { KubeObject } from "../objects/object.ts";
import { groupVersion, resourceKey } from "../objects/resources.ts";
import { expired } from "../objects/status.ts";
import type { Change } from "../storage/history.ts";
import { eventAs } from "./render.ts";
import type { ResourceRequest, WatchStream } from "./request.ts";
import { type Predicate, selectionOf } from "./selectors.ts";
import { served } from "./served.ts";
import type { ClusterState } from "./state.ts";

// k8s.io/apiserver cacher bookmarkFrequency: about a minute.
const BOOKMARK_INTERVAL_MS = 60_000;
/** Events not yet taken by a slow reader; more than that and its watch ends, as the real cacher ends it. */
const BACKLOG_MAX = 10_000;

/** A queue that is read with `for await`. */
function createChannel(onClose: () => void): WatchStream & { push(event: unknown): void } {
  const backlog: unknown[] = [];
  let wake: (() => void) | undefined;
  let closed = false;
  function close() {
    if (closed) return;
    closed = true;
    onClose();
    wake?.();
  }
  return {
    push(event) {
      if (closed) return;
      if (backlog.length >= BACKLOG_MAX) return close();
      backlog.push(event);
      wake?.();
    },
    close,
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          while (backlog.length > 0) yield backlog.shift();
          if (closed) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        close();
      }
    },
  };
}

/** How a change looks through a selector: entering it is ADDED, leaving it DELETED. */
function seenThrough(change: Change, selected: Predicate): { type: string; object: KubeObject } | undefined {
  const was = change.type !== "ADDED" && change.before !== undefined && selected(change.before);
  const is = change.type !== "DELETED" && selected(change.object);
  if (is) return { type: was ? "MODIFIED" : "ADDED", object: change.object };
  return was ? { type: "DELETED", object: change.object } : undefined;
}

function bookmark(request: ResourceRequest, revision: number, initialEnd: boolean) {
  const { definition } = request;
  const annotations = initialEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  return {
    type: "BOOKMARK",
    object: {
      kind: definition.kind,
      apiVersion: groupVersion(definition),
      metadata: { resourceVersion: String(revision), creationTimestamp: null, ...annotations },
    },
  };
}

/** Opens it; its first events are those that the resourceVersion asks for. */
export function openWatch(state: ClusterState, request: ResourceRequest): WatchStream {
  const key = resourceKey(request.definition);
  const selection = selectionOf(request.query, key) ?? (() => true);
  const here = (object: KubeObject) =>
    (request.namespace === undefined || object.metadata.namespace === request.namespace) &&
    (request.name === undefined || object.metadata.name === request.name) &&
    selection(object);
  const ends: (() => void)[] = [];
  const channel = createChannel(() => {
    for (const end of ends) end();
  });
  let first = true;
  function send(type: string, object: KubeObject) {
    channel.push(eventAs(request, type, served(state, request, object), state.clock.nowMs(), first));
    first = false;
  }
  function sendChange(change: Change) {
    const seen = seenThrough(change, here);
    if (seen !== undefined) send(seen.type, seen.object);
  }

  const from = Number(request.query.get("resourceVersion") || 0);
  const missed = from === 0 ? [] : state.store.since(key, from);
  if (missed === undefined) {
    const { status } = expired(`too old resource version: ${from} (${state.store.revision()})`);
    channel.push({ type: "ERROR", object: status });
    channel.close();
    return channel;
  }
  const initial = from === 0 || request.query.get("sendInitialEvents") === "true";
  if (initial)
    for (const object of state.store.list(key, request.namespace)) here(object) && send("ADDED", object);
  else for (const change of missed) sendChange(change);
  const bookmarks = request.query.get("allowWatchBookmarks") === "true";
  if (bookmarks && request.query.get("sendInitialEvents") === "true")
    channel.push(bookmark(request, state.store.revision(), true));

  ends.push(state.store.subscribe(key, sendChange));
  ends.push(state.watching(key));
  if (bookmarks)
    ends.push(
      every(state, BOOKMARK_INTERVAL_MS, () =>
        channel.push(bookmark(request, state.store.revision(), false)),
      ),
    );
  const timeoutSeconds = Number(request.query.get("timeoutSeconds") ?? 0);
  if (timeoutSeconds > 0) ends.push(state.clock.after(timeoutSeconds * 1_000, channel.close));
  return channel;
}

function every(state: ClusterState, intervalMs: number, run: () => void): () => void {
  let cancel = state.clock.after(intervalMs, tick);
  function tick() {
    run();
    cancel = state.clock.after(intervalMs, tick);
  }
  return () => cancel();
}
