/** A pass asked for at a later time: Cloud Tasks in a deployment, a durable timer embedded. */
export interface Wakeup {
  readonly clusterId: string;
  readonly atMs: number;
  /** Why, for the log. */
  readonly cause: string;
}

export interface Wakeups {
  /**
   * Asks for a pass of `clusterId` at `atMs` (± seconds; at least once). At most one is pending for a cluster: an
   * earlier pending one stays and this does nothing; a later one is replaced.
   * @throws CloudError
   */
  schedule(wakeup: Wakeup): Promise<void>;
  /** Takes back what is pending for the cluster; harmless when nothing is. */
  cancel(clusterId: string): Promise<void>;
}
