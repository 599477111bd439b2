/** Parts the test files into groups, each for a process of its own. Pure. */

export interface Group {
  readonly name: string;
  readonly specs: readonly string[];
}

/**
 * Name, how the paths of its files begin, and about how many seconds it takes alone on two idle cores: what takes longest
 * begins first, so that no core is left without work in the end. A file belongs to the one with the longest beginning.
 *
 * Clusters on the wire wait for seconds of this world most of their time, so each has a process of its own, beside others
 * that compute. They do not meet: each simulated cloud claims external addresses of its own, by which its clusters are
 * reached (simulator/wire/claim-addresses.ts).
 */
const PARTS: readonly { readonly name: string; readonly begins: string; readonly seconds: number }[] = [
  { name: "clusters as deployed", begins: "test/e2e/serverless", seconds: 180 },
  { name: "whole clusters", begins: "test/e2e/", seconds: 140 },
  { name: "care on the wire", begins: "test/e2e/care-wire", seconds: 110 },
  { name: "command line", begins: "test/cli/", seconds: 100 },
  { name: "simulation", begins: "test/simulation/", seconds: 100 },
  { name: "edits", begins: "test/e2e/edits", seconds: 90 },
  { name: "examples on the wire", begins: "test/e2e/wire", seconds: 80 },
  { name: "kill -9", begins: "test/e2e/kill", seconds: 80 },
  { name: "everything else", begins: "test/", seconds: 80 },
  { name: "gcloud", begins: "test/simulator/wire/gcloud", seconds: 60 },
  { name: "figures", begins: "test/bench/", seconds: 40 },
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
