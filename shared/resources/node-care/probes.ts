/** Looks at the probes of pools that are being upgraded: one read each, and nothing that goes wrong with it ends a look. */
import {
  judgeProbe,
  type Probe,
  type Probed,
  probePath,
  unreadProbe,
  type Workload,
} from "../../nodes/probe.ts";
import { isCloudError } from "../../ports/cloud-error.ts";
import { type Api, find } from "../kubernetes/api.ts";
import type { Cluster } from "../resource.ts";
import { isUpgrading } from "./group-machines.ts";
import type { DrainingNode } from "./views.ts";

/** What it is filed under among the nodes that were looked at: no node's name has a space. */
export function probeKey(pool: string): string {
  return `probe of ${pool}`;
}

export async function lookAtProbes(api: Api, cluster: Cluster): Promise<readonly DrainingNode[]> {
  return Promise.all(
    dueProbes(cluster).map(async ([pool, probe]) => ({
      name: probeKey(pool),
      pods: [],
      budgets: [],
      probe: await lookAt(api, probe),
    })),
  );
}

function dueProbes({ facts, spec }: Cluster): readonly (readonly [pool: string, Probe])[] {
  return (facts.groups ?? []).filter(isUpgrading).flatMap(({ pool }) => {
    const probe = spec.nodePools.find(({ name }) => name === pool)?.upgrade.probe;
    return probe === undefined ? [] : [[pool, probe] as const];
  });
}

async function lookAt(api: Api, probe: Probe): Promise<Probed> {
  try {
    return judgeProbe(probe, await find<Workload>(api, probePath(probe)));
  } catch (error) {
    if (isCloudError(error)) return unreadProbe(probe, error.message);
    throw error;
  }
}
