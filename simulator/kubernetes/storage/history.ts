/** The last changes of one resource, for watches that go on from a revision. */
import type { KubeObject } from "../objects/object.ts";

export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly object: KubeObject;
  /** What was stored before, for MODIFIED and DELETED. */
  readonly before: KubeObject | undefined;
}

/** Changes remembered; a watch from before them gets 410, as after a compaction. */
export const HISTORY_MAX = 1_000;

export interface History {
  add(change: Change): void;
  /** Forgets the changes up to this revision. */
  forget(revision: number): void;
  /** Changes after `revision`, or undefined when they are no longer remembered. */
  since(revision: number): readonly Change[] | undefined;
}

export function createHistory(): History {
  let changes: Change[] = [];
  let forgottenUpTo = 0;
  function drop(count: number) {
    if (count === 0) return;
    forgottenUpTo = changes[count - 1]?.revision ?? forgottenUpTo;
    changes = changes.slice(count);
  }
  return {
    add(change) {
      changes.push(change);
      if (changes.length > 2 * HISTORY_MAX) drop(HISTORY_MAX);
    },
    forget(revision) {
      const kept = changes.findIndex((change) => change.revision > revision);
      drop(kept < 0 ? changes.length : kept);
    },
    since: (revision) =>
      revision < forgottenUpTo ? undefined : changes.filter((change) => change.revision > revision),
  };
}
