/** The deployed bundle from nothing: from the start of a process to its first answer and its first pass, its size, its memory. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunctions, runBuildStep } from "../../simulation/deployed-functions.ts";
import { findFirestoreJar } from "../../simulation/firestore-emulator.ts";
import { type DeployedCloud, settingsAt, startDeployedCloud } from "../deployed-cloud.ts";
import { type Figure, quantile, type Row, type Scale } from "../figure.ts";
import { bringToRest, coldStartOf, type Started } from "../function-start.ts";

const STARTS: Readonly<Record<Scale, number>> = { quick: 1, default: 7, full: 20 };
const START_MS_MAX = 300;
const BUNDLE_MB_MAX = 2;
const RSS_MB_MAX = 100;
const CLUSTER = "c0";
const UNAUTHORIZED = 401;
const OK = 200;
const ANCHOR = "Config Connector: 512 MiB; Crossplane: 750 MB";

export const coldStart: Figure = {
  name: "cold-start",
  title: "Cold start of the bundled functions (function reconcile, flags as deployed)",
  measure: async (scale) => {
    const folder = mkdtempSync(join(tmpdir(), "clusterwright-bench-"));
    const jar = findFirestoreJar();
    const cloud = jar === undefined ? undefined : await startDeployedCloud(jar);
    try {
      const { bytes, files } = buildFunctions(folder);
      runBuildStep(folder);
      const answers = await repeat(STARTS[scale], () => firstAnswer(folder));
      const passes = cloud === undefined ? [] : await firstPasses(folder, cloud, STARTS[scale]);
      return [
        ...(passes.length > 0 ? passRows(passes) : []),
        ...answerRows(answers, passes.length > 0),
        {
          figure: "bundle",
          value: bytes / 1e6,
          unit: "MB",
          size: `${files} files`,
          goal: { atMost: BUNDLE_MB_MAX },
        },
      ];
    } finally {
      await cloud?.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** To a caller without a token: by then the control plane is assembled, and no pass has run. */
function firstAnswer(folder: string): Promise<Started> {
  return coldStartOf({
    folder,
    settings: settingsAt,
    token: async () => "",
    cluster: CLUSTER,
    expected: UNAUTHORIZED,
  });
}

/** Over one cluster that is Ready and at rest: every kind is listed, in Compute Engine and inside the cluster. */
async function firstPasses(
  folder: string,
  cloud: DeployedCloud,
  starts: number,
): Promise<readonly Started[]> {
  await bringToRest(folder, cloud, CLUSTER);
  const atRest = await cloud.status(CLUSTER);
  const passes = await repeat(starts, () =>
    coldStartOf({ ...cloud, folder, cluster: CLUSTER, expected: OK }),
  );
  // Otherwise it was something else than looking that was measured.
  assert.deepEqual(await cloud.status(CLUSTER), atRest, "a pass over a cluster at rest changed its status");
  return passes;
}

function passRows(passes: readonly Started[]): readonly Row[] {
  const size = `${passes.length} starts`;
  return [
    row("spawn → first pass done, median", median(passes, "answeredMs"), "ms", size, START_MS_MAX),
    row("CPU of it, median", median(passes, "cpuMs"), "ms", size),
    row("the pass after that, median", median(passes, "againMs"), "ms", size),
    {
      ...row("RSS after the first pass, largest", largest(passes, "rssMb"), "MB", size, RSS_MB_MAX),
      anchor: ANCHOR,
    },
  ];
}

/** Where no pass can run for want of the Firestore emulator, the goals are held against the first answer. */
function answerRows(answers: readonly Started[], arePassesMeasured: boolean): readonly Row[] {
  const size = `${answers.length} starts`;
  const goal = (most: number) => (arePassesMeasured ? undefined : most);
  const memory = row(
    "RSS after the first answer, largest",
    largest(answers, "rssMb"),
    "MB",
    size,
    goal(RSS_MB_MAX),
  );
  return [
    row(
      arePassesMeasured
        ? "spawn → first answer, median"
        : "spawn → first answer, median (no emulator: no pass)",
      median(answers, "answeredMs"),
      "ms",
      size,
      goal(START_MS_MAX),
    ),
    row("CPU of that answer, median", median(answers, "cpuMs"), "ms", size),
    arePassesMeasured ? memory : { ...memory, anchor: ANCHOR },
  ];
}

function row(figure: string, value: number, unit: string, size: string, most?: number): Row {
  return { figure, value, unit, size, ...(most === undefined ? {} : { goal: { atMost: most } }) };
}
function median(starts: readonly Started[], key: keyof Started): number {
  return quantile(
    starts.map((start) => start[key]),
    0.5,
  );
}
function largest(starts: readonly Started[], key: keyof Started): number {
  return Math.max(...starts.map((start) => start[key]));
}

async function repeat<T>(times: number, run: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let done = 0; done < times; done++) results.push(await run());
  return results;
}
