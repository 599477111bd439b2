/** Google's client library without gRPC: whoever asks for all of it gets the part that speaks REST. */
import { join } from "node:path";
import type { Plugin } from "esbuild";

export const restOnly = (root: string): Plugin => ({
  name: "rest-only",
  setup: ({ onResolve, onLoad }) => {
    const ours = join(root, "shared/adapters/google/rest-gax.ts");
    onResolve({ filter: /^google-gax(\/fallback)?$/ }, ({ importer }) =>
      [ours, ours.replace("rest-gax", "lazy-definitions")].includes(importer)
        ? { path: join(root, "node_modules/google-gax/build/src/fallback.js") }
        : { path: "google-gax", namespace: "rest-only" },
    );
    onLoad({ filter: /./, namespace: "rest-only" }, () => ({
      contents: library(root, ours),
      resolveDir: root,
    }));
  },
});

/** With what generated clients and Firestore take from the whole besides. */
function library(root: string, ours: string): string {
  const part = (name: string) =>
    JSON.stringify(join(root, "node_modules/google-gax/build/src", `${name}.js`));
  return `
    const { restGax } = require(${JSON.stringify(ours)});
    module.exports = {
      ...restGax,
      Status: require(${part("status")}).Status,
      decodeAnyProtosInArray: require(${part("util")}).decodeAnyProtosInArray,
      loggingUtils: require("google-logging-utils"),
      // Firestore asks for these when it talks to an emulator, and does not use them over REST.
      grpc: { credentials: { createInsecure() {} } },
    };`;
}
