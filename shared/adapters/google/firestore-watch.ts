/** Watching documents of Firestore, begun anew when the stream breaks for good. */
import type { Firestore } from "@google-cloud/firestore";
import type { Chance } from "../../ports/chance.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

/** Milliseconds before a broken stream is opened again, and a random part of as much; the client retries faster itself. */
const REOPEN_MS = 5_000;

type Listener = (changed: readonly string[]) => void;
interface WatchOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log?: Log;
}

/** A document has a path of even length, a collection one of odd length. The answer ends it. */
export function watchFirestore(
  database: Firestore,
  path: string,
  listener: Listener,
  { clock, chance, log }: WatchOptions,
): () => void {
  let ended = false;
  let stop = () => {};
  const call: Listener = (changed) => {
    if (ended) return;
    try {
      listener(changed);
    } catch (error) {
      log?.("error", "a listener of documents threw", { path, error: String(error) });
    }
  };
  const reopen = (error: Error) => {
    if (ended) return;
    log?.("warning", "a watch of documents broke, opening it again", { path, error: error.message });
    stop = clock.after(Math.ceil(REOPEN_MS * (1 + chance.fraction())), open);
  };
  const open = () => {
    stop = subscribe(database, path, call, reopen);
  };
  open();
  return () => {
    ended = true;
    stop();
  };
}

function subscribe(
  database: Firestore,
  path: string,
  call: Listener,
  reopen: (error: Error) => void,
): () => void {
  if (path.split("/").length % 2 === 1) {
    return database
      .collection(path)
      .onSnapshot((snapshot) => call(snapshot.docChanges().map(({ doc }) => doc.ref.path)), reopen);
  }
  let first = true;
  return database.doc(path).onSnapshot((snapshot) => {
    call(first && !snapshot.exists ? [] : [path]);
    first = false;
  }, reopen);
}
