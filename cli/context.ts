/** What every command that talks to a control plane starts with. */
import type { Command } from "commander";
import { closest } from "../shared/spec/closest.ts";
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
  throw await unknownCluster(api, name);
}

/** Says what there is instead. */
export async function unknownCluster(api: ApiClient, name: string): Promise<CommandError> {
  const known = (await api.list()).map((one) => one.id);
  const near = closest(name, known);
  if (near !== undefined) return new CommandError(`there is no cluster ${name}; did you mean ${near}?`);
  const hint = known.length === 0 ? "there are no clusters yet" : `there are: ${known.join(", ")}`;
  return new CommandError(`there is no cluster ${name}; ${hint}`);
}
