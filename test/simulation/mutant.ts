/** Loads the control plane with one text of it changed, of which the production code knows nothing: a deliberate fault. */
import { registerHooks } from "node:module";
import type { judge } from "./judge.ts";
import type { Scenario } from "./scenario.ts";

export interface Mutant {
  /** What is wrong, as a person would say it. */
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  /** It must stand there exactly once. */
  readonly text: string;
  readonly instead: string;
  /** One of these must be violated. */
  readonly invariants: readonly string[];
  /** A run in which it shows. */
  readonly scenario: Scenario;
}

const ROOT = new URL("../../", import.meta.url).href;
const QUERY = "?mutant=";

/** The judge over mutated code: modules of the project are loaded once more, under names of their own. */
export async function judgeOf(mutant: Mutant): Promise<typeof judge> {
  let replaced = 0;
  const tag = `${QUERY}${encodeURIComponent(mutant.name)}`;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      const ours = resolved.url.startsWith(ROOT) && !resolved.url.includes("/node_modules/");
      const inside = context.parentURL?.endsWith(tag) === true;
      return ours && inside && !resolved.url.includes(QUERY) && resolved.url.endsWith(".ts")
        ? { ...resolved, url: `${resolved.url}${tag}` }
        : resolved;
    },
    load: (url, context, next) => {
      const loaded = next(url, context);
      if (url !== `${ROOT}${mutant.file}${tag}`) return loaded;
      const source = String(loaded.source);
      if (source.split(mutant.text).length !== 2)
        throw new Error(
          `${mutant.file} does not hold exactly once: ${mutant.text} (mend the mutant "${mutant.name}")`,
        );
      replaced += 1;
      return { ...loaded, source: source.replace(mutant.text, () => mutant.instead) };
    },
  });
  try {
    const module = (await import(`./judge.ts${tag}`)) as { readonly judge: typeof judge };
    if (replaced === 0)
      throw new Error(`${mutant.file} is not part of a run (mend the mutant "${mutant.name}")`);
    return module.judge;
  } finally {
    hooks.deregister();
  }
}
