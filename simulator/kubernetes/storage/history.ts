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

export class History {
  #changes: Change[] = [];
  #forgottenUpTo: number;

  /** @param forgottenUpTo what was before this revision is not remembered */
  constructor(forgottenUpTo = 0) {
    this.#forgottenUpTo = forgottenUpTo;
  }
  add(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length > 2 * HISTORY_MAX) this.#drop(HISTORY_MAX);
  }
  /** Forgets the changes up to this revision. */
  forget(revision: number): void {
    const kept = this.#changes.findIndex((change) => change.revision > revision);
    this.#drop(kept < 0 ? this.#changes.length : kept);
  }
  /** Changes after `revision`, or undefined when they are no longer remembered. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#forgottenUpTo) return undefined;
    return this.#changes.filter((change) => change.revision > revision);
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#forgottenUpTo = this.#changes[count - 1]?.revision ?? this.#forgottenUpTo;
    this.#changes = this.#changes.slice(count);
  }
}
