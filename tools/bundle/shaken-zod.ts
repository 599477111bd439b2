/** `import { z }` of zod as `import * as z`, which means the same: esbuild drops what is not used of the second only. */
import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

const WHOLE = /^import \{ z \} from "zod";$/m;

export const shakenZod: Plugin = {
  name: "shaken-zod",
  setup: ({ onLoad }) => {
    onLoad({ filter: /(shared|functions)\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(WHOLE, 'import * as z from "zod";'),
      loader: "ts",
    }));
  },
};
