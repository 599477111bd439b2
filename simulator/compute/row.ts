/** One resource as the world keeps it: what a user or the server set, apart from what can be derived on reading. */

import type { SmallSet } from "../small-set.ts";
import type { JsonObject } from "./call.ts";
import type { Located } from "./links.ts";

/** creating ─operation done─► ready ─delete accepted─► deleting ─operation done─► gone */
export type RowState = "creating" | "ready" | "deleting";

/** A resource on its way out, and what it was rendered from. */
export interface Rendered {
  readonly body: JsonObject;
  readonly revision: number;
  readonly answer: JsonObject;
}

export interface Row extends Located {
  /** `projects/p/global/networks/n`; the one text that bodies refer to it by. */
  readonly path: string;
  readonly id: string;
  readonly createdMs: number;
  /** Never changed in place: parts may be shared with other rows. Links are relative paths. */
  body: JsonObject;
  /** Grows with every change. */
  revision: number;
  state: RowState;
  /** The rows that refer to this one. */
  users: SmallSet<Row> | undefined;
  /** Instance groups: the instances in them. */
  members: SmallSet<Row> | undefined;
  /** Its last answer, for the next one to ask. Held weakly: what nobody reads any more costs nothing. */
  rendered: WeakRef<Rendered> | undefined;
}
