/** The edits that lives of clusters go through in tests: labels, sizes, a pool that comes and goes. */
import { exampleDocument } from "./specs.ts";

type Pool = Readonly<Record<string, unknown>>;
export type Spec = Readonly<Record<string, unknown>>;

/** The quickstart under another name, with its three forms in order: as created, grown, and shrunk again. */
export function lifeOf(name: string): {
  readonly created: Spec;
  readonly grown: Spec;
  readonly shrunk: Spec;
} {
  const created = { ...exampleDocument("quickstart"), name, deletionProtection: false };
  const [general, batch] = created["nodePools" as keyof typeof created] as unknown as [Pool, Pool];
  const labelled = { ...general, labels: { tier: "general" } };
  const extra = { name: "extra", size: 1, machineType: "e2-standard-2" };
  return {
    created,
    grown: { ...created, nodePools: [{ ...labelled, size: 3 }, batch, extra] },
    shrunk: { ...created, nodePools: [{ ...labelled, size: 1 }, batch] },
  };
}
