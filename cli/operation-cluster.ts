/** Which cluster an operation belongs to, by its id alone: people copy ids out of what a command said. */
import { type ApiClient, ApiError } from "./api-client.ts";
import { CommandError } from "./command-error.ts";

/** @throws CommandError when no cluster has it, or several have: `update-2` is in many */
export async function clusterOfOperation(
  api: Pick<ApiClient, "list" | "operation">,
  operation: string,
): Promise<string> {
  const clusters = await api.list();
  const found = await Promise.all(
    clusters.map(async ({ id }) => ((await hasIt(api, id, operation)) ? [id] : [])),
  );
  const [first, ...others] = found.flat();
  if (first !== undefined && others.length === 0) return first;
  const which = first === undefined ? "no cluster has" : `${[first, ...others].join(" and ")} have`;
  throw new CommandError(
    `${which} an operation ${operation}; say which cluster with --cluster, and see: clusterwright operations CLUSTER`,
  );
}

async function hasIt(
  api: Pick<ApiClient, "operation">,
  cluster: string,
  operation: string,
): Promise<boolean> {
  try {
    await api.operation(cluster, operation);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}
