/** Where the control plane's documents lie in the store. */
export const CLUSTERS = "clusters";
export const clusterPath = (id: string): string => `${CLUSTERS}/${id}`;
export const statusPath = (id: string): string => `${CLUSTERS}/${id}/status/current`;
export const inboxPath = (id: string): string => `${CLUSTERS}/${id}/inbox/current`;
export const operationsPath = (id: string): string => `${CLUSTERS}/${id}/operations`;
export const eventsPath = (id: string): string => `${CLUSTERS}/${id}/events`;
/** With the uid: a cluster made anew under an old name counts generations and epochs from one again. */
export const operationRecordPath = (id: string, uid: string, operation: string): string =>
  `${operationsPath(id)}/${uid}-${operation}`;
export const eventRecordPath = (id: string, uid: string, epoch: number): string =>
  `${eventsPath(id)}/${uid}-${epoch}`;
export const disruptionsPath = (id: string): string => `${CLUSTERS}/${id}/disruptions`;
/** Node names bear the cluster's uid. */
export const disruptionPath = (id: string, node: string): string => `${disruptionsPath(id)}/${node}`;
export const joinsPath = (id: string): string => `${CLUSTERS}/${id}/joins`;
/** The collection group of the status documents; only `current` ones have a phase and a `wakeAtMs`. */
export const STATUS_GROUP = "status";

/** The cluster of any document below `clusters/`. */
export function clusterOf(path: string): string | undefined {
  const [collection, id] = path.split("/");
  return collection === CLUSTERS ? id : undefined;
}
