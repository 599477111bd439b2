/**
 * Bundles the deployed functions: one file that starts fast, and the package.json that Google's builders want.
 * `node tools/build.ts [folder]`, dist/functions when none is named.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { CLIENT_MODULES } from "../shared/adapters/google/compute-services.ts";
import { inlineJson } from "./inline-json.ts";
import { pruneDefinitions } from "./prune-definitions.ts";

const OUT = process.argv[2] ?? "dist/functions";
const { dependencies, version } = JSON.parse(readFileSync("package.json", "utf8"));

/** The definitions of all of Compute Engine are 12 MB, parsed at every cold start; a few services are used. */
const pruneComputeDefinitions: Plugin = {
  name: "prune-compute-definitions",
  setup: ({ onLoad }) => {
    onLoad({ filter: /@google-cloud\/compute\/build\/protos\/protos\.json$/ }, ({ path }) => {
      const all = JSON.parse(readFileSync(path, "utf8"));
      const pruned = pruneDefinitions(all, "google.cloud.compute.v1", Object.keys(CLIENT_MODULES));
      return { contents: JSON.stringify(pruned), loader: "json" };
    });
  },
};
/** This client reads its JSON files from its own folder when it is loaded; a bundle has no such folder. */
const inlineClientJson: Plugin = {
  name: "inline-client-json",
  setup: ({ onLoad }) => {
    onLoad({ filter: /@google-cloud\/tasks\/.*_client\.js$/ }, ({ path }) => ({
      contents: inlineJson(readFileSync(path, "utf8"), dirname(path)),
      loader: "js",
    }));
  },
};

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const { metafile } = await build({
  entryPoints: ["functions/index.ts"],
  outfile: `${OUT}/index.mjs`,
  bundle: true,
  minify: true,
  // Google's clients compare names of constructors ("Long").
  keepNames: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // The framework that runs the functions must be the one that they register with.
  external: ["@google-cloud/functions-framework"],
  // Their entries load the clients of beta versions too.
  alias: {
    "@google-cloud/tasks": resolve("node_modules/@google-cloud/tasks/build/esm/src/v2/cloud_tasks_client.js"),
    "@google-cloud/secret-manager": resolve(
      "node_modules/@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js",
    ),
  },
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      'import { fileURLToPath as __fileURLToPath } from "node:url";',
      'import { dirname as __dirnameOf } from "node:path";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = __fileURLToPath(import.meta.url);",
      "const __dirname = __dirnameOf(__filename);",
    ].join("\n"),
  },
  metafile: true,
  logLevel: "warning",
  plugins: [pruneComputeDefinitions, inlineClientJson],
});
const framework = dependencies["@google-cloud/functions-framework"];
const manifest = {
  name: "clusterwright-functions",
  version,
  private: true,
  type: "module",
  main: "index.mjs",
  engines: { node: "24" },
  dependencies: { "@google-cloud/functions-framework": framework },
};
writeFileSync(`${OUT}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
const inputs = Object.keys(metafile.inputs).length;
process.stdout.write(
  `${OUT}/index.mjs: ${(statSync(`${OUT}/index.mjs`).size / 1e6).toFixed(1)} MB from ${inputs} files\n`,
);
