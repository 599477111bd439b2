/** Parts the test files into groups, each for a process of its own. Pure. */

export interface Group {
  readonly name: string;
  readonly specs: readonly string[];
}

/**
 * Name, how the paths of its files begin, and about how many seconds it takes on two cores with the others beside it: what takes longest
 * begins first, so that no core is left without work in the end. A file belongs to the one with the longest beginning.
 *
 * Clusters on the wire wait for seconds of this world most of their time, so each has a process of its own, beside others
 * that compute. They do not meet: each simulated cloud claims external addresses of its own, by which its clusters are
 * reached (simulator/wire/claim-addresses.ts).
 */
const PARTS: readonly { readonly name: string; readonly begins: string; readonly seconds: number }[] = [
  { name: "whole clusters", begins: "test/e2e/", seconds: 230 },
  { name: "simulation", begins: "test/simulation/", seconds: 150 },
  { name: "everything else", begins: "test/", seconds: 140 },
  { name: "command line", begins: "test/cli/", seconds: 140 },
  { name: "clusters as deployed", begins: "test/e2e/serverless", seconds: 130 },
  { name: "examples on the wire", begins: "test/e2e/wire", seconds: 100 },
  { name: "edits", begins: "test/e2e/edits", seconds: 90 },
  { name: "care on the wire", begins: "test/e2e/care-wire", seconds: 90 },
  { name: "kill -9", begins: "test/e2e/kill", seconds: 90 },
  { name: "gcloud", begins: "test/simulator/wire/gcloud", seconds: 80 },
  { name: "drains on the wire", begins: "test/e2e/drains-wire", seconds: 60 },
  { name: "figures", begins: "test/bench/", seconds: 50 },
];

/** @returns those that have files, with the longest first. @throws Error for a file outside of test/ */
export function groupsOf(files: readonly string[]): readonly Group[] {
  const partOf = (file: string): (typeof PARTS)[number] => {
    const fitting = PARTS.filter(({ begins }) => file.startsWith(begins));
    const [closest] = fitting.toSorted((one, other) => other.begins.length - one.begins.length);
    if (closest === undefined) throw new Error(`${file} is not in test/: move it there`);
    return closest;
  };
  const byPart = Map.groupBy(files, partOf);
  return PARTS.toSorted((one, other) => other.seconds - one.seconds).flatMap((part) => {
    const specs = byPart.get(part);
    return specs === undefined ? [] : [{ name: part.name, specs: specs.toSorted() }];
  });
}
