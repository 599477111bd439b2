/** Parts the test files into groups, each for a process of its own. Pure. */

export interface Group {
  readonly name: string;
  readonly specs: readonly string[];
}

/**
 * Name, how its files begin, and seconds alone on two idle cores, from which the order follows: what takes longest begins
 * first, so that no core is left without work in the end. A file belongs to the first that fits.
 *
 * Clusters on the wire wait for seconds of this world most of their time, so each has a process of its own, beside others
 * that compute. They do not meet: each simulated cloud claims external addresses of its own, by which its clusters are
 * reached (simulator/wire/claim-addresses.ts).
 */
const PARTS: readonly {
  readonly name: string;
  readonly begins: readonly string[];
  readonly seconds: number;
}[] = [
  { name: "clusters as deployed", begins: ["test/e2e/serverless"], seconds: 190 },
  { name: "examples on the wire", begins: ["test/e2e/wire"], seconds: 140 },
  { name: "care on the wire", begins: ["test/e2e/care-wire"], seconds: 120 },
  { name: "simulation", begins: ["test/simulation/"], seconds: 120 },
  { name: "command line", begins: ["test/cli/"], seconds: 110 },
  { name: "edits", begins: ["test/e2e/edits"], seconds: 70 },
  { name: "whole clusters", begins: ["test/e2e/"], seconds: 100 },
  { name: "kill -9", begins: ["test/e2e/kill"], seconds: 80 },
  { name: "gcloud", begins: ["test/simulator/wire/gcloud"], seconds: 60 },
  { name: "figures", begins: ["test/bench/"], seconds: 40 },
  { name: "everything else", begins: ["test/"], seconds: 100 },
];

/** @returns those that have files, with the longest first. @throws Error for a file outside of test/ */
export function groupsOf(files: readonly string[]): readonly Group[] {
  const partOf = (file: string): (typeof PARTS)[number] => {
    const fitting = PARTS.flatMap((part) =>
      part.begins.filter((begin) => file.startsWith(begin)).map((begin) => ({ part, length: begin.length })),
    );
    const [closest] = fitting.toSorted((one, other) => other.length - one.length);
    if (closest === undefined) throw new Error(`${file} is not in test/: move it there`);
    return closest.part;
  };
  const byPart = Map.groupBy(files, partOf);
  return PARTS.toSorted((one, other) => other.seconds - one.seconds).flatMap((part) => {
    const specs = byPart.get(part);
    return specs === undefined ? [] : [{ name: part.name, specs: specs.toSorted() }];
  });
}
