/** What is read into memory only once it is used. */
import { builtinModules } from "node:module";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

/** Packages that most passes do not use, and what must run before. Each is a file of its own in the bundle. */
const SELDOM_USED: Readonly<Record<string, readonly string[]>> = {
  "@peculiar/x509": ["reflect-metadata"],
  rrule: [],
  yaml: [],
};
const BEFORE = new Set(Object.values(SELDOM_USED).flat());
const fileOf = (name: string): string => `./${name.replaceAll(/\W+/g, "-").replace(/^-/, "")}.cjs`;

/** Their importers get a stand-in, which reads the file with the first look at one of its exports. */
export const seldomUsed: Plugin = {
  name: "seldom-used",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, kind }) => {
      if (kind !== "import-statement") return undefined;
      if (path in SELDOM_USED) return { path, namespace: "seldom-used" };
      return BEFORE.has(path) ? { path, namespace: "run-before" } : undefined;
    });
    onResolve({ filter: /\.cjs$/, namespace: "seldom-used" }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /./, namespace: "run-before" }, () => ({ contents: "" }));
    onLoad({ filter: /./, namespace: "seldom-used" }, async ({ path }) => {
      for (const before of SELDOM_USED[path] ?? []) await import(before);
      return { contents: standIn(fileOf(path), namesOf(await import(path))) };
    });
  },
};

/** Of a package that is CommonJS, Node finds some names by itself, and has all of them below `default`. */
function namesOf(module: { readonly default?: object }): readonly string[] {
  const names = new Set(Object.keys({ ...module, ...module.default }));
  for (const interop of ["default", "module.exports", "__esModule"]) names.delete(interop);
  return [...names];
}

function standIn(file: string, names: readonly string[]): string {
  return `
    let loaded;
    const load = () => (loaded ??= require(${JSON.stringify(file)}));
    for (const name of ${JSON.stringify(names)})
      Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });`;
}

/** Writes those packages' files. */
export async function buildSeldomUsed(common: BuildOptions, folder: string): Promise<void> {
  for (const [name, before] of Object.entries(SELDOM_USED)) {
    const imports = before.map((one) => `import ${JSON.stringify(one)};`);
    await build({
      ...common,
      // Their modern form is smaller by a third, for what is not exported can be dropped.
      mainFields: ["module", "main"],
      stdin: {
        contents: `${imports.join("")} export * from ${JSON.stringify(name)};`,
        resolveDir: process.cwd(),
      },
      outfile: join(folder, fileOf(name)),
      format: "cjs",
    });
  }
}

/**
 * Node's own modules by `require`: an import of node:http looks at each of its exports, one of which loads all of Node's
 * fetch, 30 ms and 5 MB.
 */
export const requiredBuiltins: Plugin = {
  name: "required-builtins",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, kind, namespace }) => {
      const isImport = kind === "import-statement" || kind === "dynamic-import";
      if (!isImport || namespace === "builtin") return undefined;
      const name = path.replace(/^node:/, "");
      const isBuiltin = path.startsWith("node:") || builtinModules.includes(name);
      return isBuiltin ? { path: name, namespace: "builtin" } : undefined;
    });
    onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(`node:${path}`)});`,
    }));
  },
};
