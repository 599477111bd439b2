/** Starts every controller of a cluster. */

import { startTigeraOperator } from "../workloads/calico.ts";
import { startCertificates } from "./certificates.ts";
import { type CloudOptions, startCloudController } from "./cloud.ts";
import { startCompaction } from "./compaction.ts";
import type { Control } from "./control.ts";
import { startCustomResources } from "./custom-resources.ts";
import { startDaemonSets } from "./daemonset.ts";
import { startDeployments } from "./deployment.ts";
import { startDisruptionBudgets } from "./disruption.ts";
import { startGarbageCollector, startNamespaces, startTokenCleaner } from "./garbage.ts";
import { startJobs } from "./job.ts";
import { type NodeLifecycleOptions, startNodeLifecycle } from "./node-lifecycle.ts";
import { startReplicaSets } from "./replicaset.ts";
import { startScheduler } from "./scheduler.ts";
import { startStatefulSets } from "./statefulset.ts";

export type ControllerOptions = NodeLifecycleOptions & CloudOptions;

export function startControllers(control: Control, options: ControllerOptions) {
  startCustomResources(control);
  const nodes = startNodeLifecycle(control, options);
  startCloudController(control, options);
  startDaemonSets(control);
  startDeployments(control);
  startReplicaSets(control);
  startStatefulSets(control);
  startJobs(control);
  startDisruptionBudgets(control);
  startTigeraOperator(control);
  startCertificates(control);
  startGarbageCollector(control);
  startNamespaces(control);
  startTokenCleaner(control);
  startScheduler(control);
  startCompaction(control);
  return { nodes };
}
