/** Which cluster a node belongs to, by its name: people know nodes from kubectl, which does not say. */
import type { ApiClient } from "./api-client.ts";
import { CommandError } from "./command-error.ts";

/** Names of machines begin with the cluster's name and uid. @throws CommandError when none is meant */
export async function clusterOfNode(api: Pick<ApiClient, "list">, node: string): Promise<string> {
  const clusters = await api.list();
  const found = clusters.filter(({ status }) => status !== undefined && node.includes(`-${status.uid}-`));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.id;
  const known = clusters.map(({ id }) => id).join(", ");
  throw new CommandError(
    `no cluster is known by the name of node ${node}; say which with --cluster${known === "" ? "" : ` (there are: ${known})`}`,
  );
}
