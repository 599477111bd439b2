/** Bundles the deployed functions into dist/functions: one small file that starts fast, and the package.json that Google's builders want. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { CLIENT_MODULES } from "../shared/adapters/google/compute-services.ts";
import { pruneDefinitions } from "./prune-definitions.ts";

const OUT = "dist/functions";
const { dependencies, version } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const { metafile } = await build({
  entryPoints: ["functions/index.ts"],
  outfile: `${OUT}/index.mjs`,
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // The framework that runs the functions must be the one that they register with.
  external: ["@google-cloud/functions-framework"],
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
  plugins: [
    {
      // The definitions of all of Compute Engine are 12 MB, parsed at every cold start; a few services are used.
      name: "prune-compute-definitions",
      setup: ({ onLoad }) => {
        onLoad({ filter: /@google-cloud\/compute\/build\/protos\/protos\.json$/ }, ({ path }) => ({
          contents: JSON.stringify(
            pruneDefinitions(
              JSON.parse(readFileSync(path, "utf8")),
              "google.cloud.compute.v1",
              Object.keys(CLIENT_MODULES),
            ),
          ),
          loader: "json",
        }));
      },
    },
  ],
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
