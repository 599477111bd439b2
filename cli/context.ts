/** What every command that talks to a control plane starts with. */
import type { Command } from "commander";
import { type ApiClient, type ClusterView, createApiClient } from "./api-client.ts";
import { CommandError } from "./command-error.ts";
import { findServer } from "./server-address.ts";

export function clientFor(command: Command): ApiClient {
  const { server } = command.optsWithGlobals<{ server?: string }>();
  return createApiClient(findServer(process.env, server));
}

/** @throws CommandError when there is no such cluster */
export async function clusterNamed(api: ApiClient, name: string): Promise<ClusterView> {
  const cluster = await api.get(name);
  if (cluster !== undefined) return cluster;
  const known = (await api.list()).map((one) => one.id);
  const hint = known.length === 0 ? "there are no clusters yet" : `there are: ${known.join(", ")}`;
  throw new CommandError(`there is no cluster ${name}; ${hint}`);
}
