/** The edits that lives of clusters go through in tests: labels, sizes, a pool that comes and goes. */
import { exampleDocument } from "./specs.ts";

type Pool = Readonly<Record<string, unknown>>;
export type Spec = Readonly<Record<string, unknown>>;

/**
 * A `serve` beside a simulated cloud takes durations by everybody's clock, which is real: it would watch each new node of a
 * rollout for the usual minute while its machines boot within a second.
 */
const UPGRADE = { soak: "2s" };

/** The quickstart under another name, with its three forms in order: as created, grown, and shrunk again. */
export function lifeOf(name: string): {
  readonly created: Spec;
  readonly grown: Spec;
  readonly shrunk: Spec;
} {
  const created = { ...exampleDocument("quickstart"), name, deletionProtection: false };
  const pools = created["nodePools" as keyof typeof created] as unknown as readonly Pool[];
  const [general, batch] = pools.map((pool): Pool => ({ ...pool, upgrade: UPGRADE })) as [Pool, Pool];
  const labelled = { ...general, labels: { tier: "general" } };
  const extra = { name: "extra", size: 1, machineType: "e2-standard-2" };
  return {
    created: { ...created, nodePools: [general, batch] },
    grown: { ...created, nodePools: [{ ...labelled, size: 3 }, batch, extra] },
    shrunk: { ...created, nodePools: [{ ...labelled, size: 1 }, batch] },
  };
}
