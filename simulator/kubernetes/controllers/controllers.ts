/** Starts every controller of a cluster. */
import type { Control } from "./control.ts";
import { startDaemonSets } from "./daemonset.ts";
import { type NodeLifecycleOptions, startNodeLifecycle } from "./node-lifecycle.ts";
import { startScheduler } from "./scheduler.ts";

export interface ControllerOptions extends NodeLifecycleOptions {
  readonly machineState: (providerId: string) => "running" | "stopped" | "gone";
}

export function startControllers(control: Control, options: ControllerOptions) {
  const nodes = startNodeLifecycle(control, options);
  startDaemonSets(control);
  startScheduler(control);
  return { nodes };
}
