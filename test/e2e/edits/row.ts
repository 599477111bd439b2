/** What a row of the table of edits is, and the words that most rows are written in. */
import type { ClusterSpec } from "../../../shared/spec/cluster.ts";
import type { ClusterSight } from "../../support/cluster-sight.ts";

/** A document on its way from one edit to the next. */
// biome-ignore lint/suspicious/noExplicitAny: documents are edited as a person edits YAML, before any schema looks at them.
export type Draft = any;

/** The node pools that are meant, by their places in the document. */
export interface Pools {
  /** Their sizes and everything of their machines are edited. */
  readonly edited: readonly number[];
  /** It takes another name. */
  readonly renamed: number;
}

/** What an edit meets and what it leaves: the spec with its defaults, and the pools that are meant. */
export interface Scene {
  readonly spec: ClusterSpec;
  readonly pools: Pools;
}

export interface CarriedOut {
  readonly field: string;
  /** Edits this field and what it cannot do without, whatever else has been edited before. */
  edit(draft: Draft, scene: Scene): void;
  /**
   * Why a cluster cannot be edited so, by its first spec; nothing when it can.
   * @param together whether all fields are edited at once, each once
   */
  spared?(scene: Scene, together: boolean): string | undefined;
  /** What follows from it in the cloud or inside of the cluster, whatever else has been edited. */
  shows?(cluster: ClusterSight, scene: Scene): void | Promise<void>;
  /** On its own it makes no machine anew. */
  readonly quiet?: true;
}

export interface Refused {
  readonly field: string;
  edit(draft: Draft, scene: Scene): void;
  /** The condition names the path and what to do. */
  readonly refused: RegExp;
}

export type Row = CarriedOut | Refused;

export const isCarriedOut = (row: Row): row is CarriedOut => !("refused" in row);

/** @param path as in `controlPlane.etcd.sizeGb` */
export function set(path: string, value: unknown): (draft: Draft) => void {
  return (draft) => {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let at = draft;
    for (const name of names) at = at[name] ??= {};
    at[last] = value;
  };
}

export const notYet = (field: string, edit: CarriedOut["edit"]): Refused => ({
  field,
  edit,
  refused: /is not supported yet/,
});

export const immutable = (field: string, value: unknown): Refused => ({
  field,
  edit: set(field, value),
  refused: /set it back, or make a new cluster/,
});
