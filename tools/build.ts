/**
 * Bundles the deployed functions: files that start fast, and the package.json that Google's builders want.
 * `node tools/build.ts [folder]`, dist/functions when none is named. What is left out, and why: docs/decisions/0018.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { leftOut } from "./bundle/left-out.ts";
import { prunedClients } from "./bundle/pruned-clients.ts";
import { restOnly } from "./bundle/rest-only.ts";
import { shakenZod } from "./bundle/shaken-zod.ts";
import { buildSeldomUsed, requiredBuiltins, seldomUsed } from "./bundle/when-used.ts";

const OUT = process.argv[2] ?? "dist/functions";
const CACHE_WRITER = "write-compile-cache.mjs";
const FRAMEWORK = "@google-cloud/functions-framework";
const COMMON: BuildOptions = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  logLevel: "warning",
};

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
await build({
  ...COMMON,
  entryPoints: { index: "functions/index.ts" },
  outdir: OUT,
  outExtension: { ".js": ".mjs" },
  chunkNames: "[name]-[hash]",
  // What a function does not need is in a file that it does not read.
  splitting: true,
  // Google's clients compare names of constructors ("Long").
  keepNames: true,
  // The framework that runs the functions must be the one that they register with.
  external: [FRAMEWORK],
  alias: {
    // Their entries load the clients of beta versions too.
    "@google-cloud/tasks": resolve("node_modules/@google-cloud/tasks/build/esm/src/v2/cloud_tasks_client.js"),
    "@google-cloud/secret-manager": resolve(
      "node_modules/@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js",
    ),
    // The same as Node has.
    "readable-stream": "node:stream",
  },
  // Packages that are CommonJS ask for Node's modules by it.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  inject: ["tools/bundle/web-classes.ts"],
  // Long integers are multiplied without it, too, and it takes a megabyte.
  define: { WebAssembly: "undefined" },
  plugins: [restOnly(process.cwd()), seldomUsed, requiredBuiltins, leftOut, prunedClients, shakenZod],
});
await buildSeldomUsed(COMMON, OUT);
await build({
  ...COMMON,
  entryPoints: ["tools/bundle/write-compile-cache.ts"],
  outfile: join(OUT, CACHE_WRITER),
});
writeFileSync(join(OUT, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
const files = readdirSync(OUT);
const bytes = files.reduce((sum, file) => sum + statSync(join(OUT, file)).size, 0);
process.stdout.write(`${OUT}: ${(bytes / 1e6).toFixed(2)} MB in ${files.length} files\n`);

function manifest(): object {
  const { dependencies, version } = JSON.parse(readFileSync("package.json", "utf8"));
  return {
    name: "clusterwright-functions",
    version,
    private: true,
    type: "module",
    main: "index.mjs",
    engines: { node: "24" },
    // Google runs it after the installation. Source: cloud.google.com/docs/buildpacks/nodejs#executing_custom_build_steps_during_deployment
    scripts: { "gcp-build": `node ${CACHE_WRITER}` },
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
}
