/** What every controller works with: the cluster's state, a queue that retries nothing by itself, and events. */
import type { ClusterState } from "../api/state.ts";
import type { Recorder } from "./recorder.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface Control {
  readonly state: ClusterState;
  readonly queue: WorkQueue;
  readonly record: Recorder;
}
