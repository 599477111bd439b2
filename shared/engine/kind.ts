/** Any managed kind, its own types put aside: the engine passes what a kind observed back to that same kind only. */
import type { Action, ManagedKind, Named } from "../resources/resource.ts";

// biome-ignore lint/suspicious/noExplicitAny: kinds of different types stand in one list; `erase` checks each.
export type AnyKind = ManagedKind<any, any, any>;

/** Puts a kind into the engine's list. */
export function erase<D extends Named, O extends Named, A extends Action>(
  kind: ManagedKind<D, O, A>,
): AnyKind {
  return kind;
}
