/** Makes JSON files that a generated client reads from its own folder part of a bundle. Pure. */
import { join } from "node:path";

const READ = /getJSON\(path\.join\(dirname,([^()]*)\)\)/g;

/** `getJSON(path.join(dirname, '..', 'x.json'))` becomes `require("/folder/x.json")`, which a bundler follows. */
export function inlineJson(source: string, folder: string): string {
  return source.replace(READ, (_all, parts: string) => {
    const names = [...parts.matchAll(/['"]([^'"]*)['"]/g)].map(([, name]) => name ?? "");
    return `require(${JSON.stringify(join(folder, ...names))})`;
  });
}
