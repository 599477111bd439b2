/** Google's clients in the bundle: of each package only what is called, of code, settings and definitions. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";
import { CALLED_OF } from "./called-methods.ts";
import { inlineJson } from "./inline-json.ts";
import { type ClientConfig, pruneClient, pruneConfig } from "./prune-client.ts";
import { type Definition, pruneDefinitions } from "./prune-definitions.ts";

const PACKAGE = /node_modules\/(@google-cloud\/[^/]+)\/build\//;

export const prunedClients: Plugin = {
  name: "pruned-clients",
  setup: ({ onLoad }) => {
    // Those of Compute Engine alone are 4 MB, of which a thirtieth is left.
    onLoad({ filter: /@google-cloud\/[^/]+\/build\/protos\/protos\.json$/ }, ({ path }) => ({
      contents: JSON.stringify(pruneDefinitions(read<Definition>(path), calledOf(path).services)),
      loader: "json",
    }));
    onLoad({ filter: /@google-cloud\/.+_client_config\.json$/ }, ({ path }) => ({
      contents: JSON.stringify(pruneConfig(read<ClientConfig>(path), calledOf(path).services)),
      loader: "json",
    }));
    onLoad({ filter: /@google-cloud\/.+\/v\d\/\w+_client\.js$/ }, ({ path }) => {
      const { services, client } = calledOf(path);
      const pruned = pruneClient(readFileSync(path, "utf8"), services, client);
      return { contents: inlineJson(pruned, dirname(path)), loader: "js" };
    });
  },
};

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
function calledOf(path: string): NonNullable<(typeof CALLED_OF)[string]> {
  const called = CALLED_OF[PACKAGE.exec(path)?.[1] ?? ""];
  if (called === undefined)
    throw new RangeError(`${path}: say in tools/bundle/called-methods.ts what of it is called`);
  return called;
}
