/** Modules that Google's clients load and that nothing deployed ever calls: the bundle has a stand-in that says so. */
import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

const LEFT_OUT: readonly RegExp[] = [
  // Code for every message of Firestore, its administration included: over REST the definitions are used.
  /@google-cloud\/firestore-api\/build\/protos\/protos\.js$/,
  /@google-cloud\/firestore-api\/build\/src\/v1\/firestore_admin_client\.js$/,
  /@google-cloud\/firestore\/build\/src\/pipelines\/(expression|index|pipelines|stage)\.js$/,
  // Writes in bulk, files of documents, decimals of 128 bits; watching, which needs gRPC.
  /@google-cloud\/firestore\/build\/src\/(bulk-writer|bundle|rate-limiter|recursive-delete|watch)\.js$/,
  /@google-cloud\/firestore\/build\/src\/(quadruple|quadruple_builder|query-partition)\.js$/,
  // Credentials of other places than Google Cloud.
  /google-auth-library\/build\/src\/auth\/(aws\w+|\w*external\w+|gdchclient|identitypoolclient|pluggable-auth-\w+|downscopedclient)\.js$/i,
  // The same for the side services of every API, and clients for them.
  /google-gax\/build\/protos\/(iam_service|locations|operations)\.js$/,
  /google-gax\/build\/src\/(iamService|locationService|operationsClient)\.js$/,
  /google-gax\/build\/src\/(resumableUpload|resumableSourceFromFile)\.js$/,
  // lazy-definitions.ts keeps definitions apart by themselves, not by their hash.
  /node_modules\/object-hash\//,
  // Functions are behind no proxy.
  /node_modules\/https-proxy-agent\//,
  // JSON Schemas of our own schemas are for the reference alone.
  /zod\/v4\/core\/json-schema-processors\.js$/,
  // Definitions come as JSON.
  /protobufjs\/src\/(common|parse|tokenize)\.js$/,
  // Node has streams of the web.
  /web-streams-polyfill\//,
];

export const leftOut: Plugin = {
  name: "left-out",
  setup: ({ onLoad }) => {
    // Packages look up their own version.
    onLoad({ filter: /node_modules\/.*\/package\.json$/ }, ({ path }) => {
      const { name, version } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
      return { contents: JSON.stringify({ name, version }), loader: "json" };
    });
    for (const filter of LEFT_OUT)
      onLoad({ filter }, ({ path }) => ({
        contents: standIn(path.replace(/^.*node_modules\//, "")),
        loader: "js",
      }));
  },
};

/** Can be looked at and never called. */
function standIn(module: string): string {
  return `
    const refuse = () => { throw new Error(${JSON.stringify(`the bundle leaves out ${module}: see tools/bundle/left-out.ts`)}); };
    module.exports = new Proxy(function () {}, {
      get: (target, key) => (key in target || typeof key === "symbol" ? target[key] : module.exports),
      apply: refuse,
      construct: refuse,
    });`;
}
