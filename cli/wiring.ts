/** The one place of the command line that knows the simulator. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRealChance } from "../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../shared/adapters/embedded/real-clock.ts";
import type { Log } from "../shared/ports/log.ts";
import { gcloudEnv } from "../simulator/wire/gcloud-env.ts";
import type { RunningCloud } from "../simulator/wire/start-cloud.ts";

export { loopbackTwin } from "../simulator/loopback.ts";

/** The project of the examples. */
export const DEMO_PROJECT = "demo-project";

/** The simulator is loaded when it is wanted: most commands only talk to an API. */
export async function startSimulatedCloud(options: {
  readonly speed: number;
  readonly log: Log;
  readonly port?: number;
  readonly projects?: readonly string[];
}): Promise<RunningCloud> {
  const { startCloud } = await import("../simulator/wire/start-cloud.ts");
  return startCloud({
    clock: createRealClock(),
    chance: createRealChance(),
    projects: [DEMO_PROJECT],
    ...options,
  });
}

/** Environment variables that make gcloud use a simulated cloud, with a configuration folder of its own. */
export function gcloudEnvironment(url: string, project: string): Readonly<Record<string, string>> {
  return gcloudEnv({ url, project, configFolder: join(tmpdir(), "clusterwright-gcloud") });
}
