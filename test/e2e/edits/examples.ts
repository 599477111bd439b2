/** The examples as the tests of whole clusters take them: which pools are edited, and what of them cannot be. */
import type { RunningCloud } from "../../../simulator/wire/start-cloud.ts";
import { exampleDocument } from "../../support/specs.ts";
import type { Draft, Pools } from "./row.ts";

export const EXAMPLES = ["quickstart", "ha", "private", "every-os"] as const;
export type ExampleName = (typeof EXAMPLES)[number];

/** Shares of the external addresses begin with 127.64 to 127.127; the examples' other ranges end at 10.128. */
const CLEAR_OF_OTHERS = 96;

export const POOLS: Readonly<Record<ExampleName, Pools>> = {
  quickstart: { edited: [1], renamed: 0 },
  ha: { edited: [1], renamed: 0 },
  private: { edited: [0], renamed: 0 },
  // The machines of every operating system are replaced.
  "every-os": { edited: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], renamed: 0 },
};

/** Without its protection, for it shall go. */
export function example(name: ExampleName): Draft {
  return { ...exampleDocument(name), deletionProtection: false };
}

/**
 * All of the examples for one simulated cloud on the wire. Private addresses are served at their loopback twins, where
 * clusters with one range would meet (simulator/README.md): each has a range that no other one on this machine has.
 */
export function examplesSideBySide(cloud: Pick<RunningCloud, "externalRange">): Record<ExampleName, Draft> {
  const share = Math.floor(cloud.externalRange.start / 2 ** 16) % 2 ** 8;
  const documents = EXAMPLES.map((name, index) => {
    const document = example(name);
    const nodes = `10.${share + CLEAR_OF_OTHERS}.${index * 32}.0/20`;
    return [name, { ...document, network: { ...document.network, nodes } }];
  });
  return Object.fromEntries(documents) as Record<ExampleName, Draft>;
}
