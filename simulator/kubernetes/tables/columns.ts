/** What a table is made of, and the two columns that almost every kind has. */
import type { KubeObject } from "../objects/object.ts";
import { age } from "./age.ts";

/** One column: its name, its cell, and whether only `-o wide` shows it. */
export interface Column {
  readonly name: string;
  readonly cell: (object: KubeObject, nowMs: number) => string | number | boolean | null;
  readonly wide?: true;
  readonly type?: "string" | "integer" | "date";
}
export type Tables = Readonly<Record<string, readonly Column[]>>;

export const NAME: Column = { name: "Name", cell: (object) => object.metadata.name };
export const AGE: Column = {
  name: "Age",
  cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
};
