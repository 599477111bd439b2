/** The functions as deployed, in a folder of this machine: bundled, installed and started as Google does it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const ROOT = new URL("..", import.meta.url).pathname;
const FRAMEWORK = "node_modules/@google-cloud/functions-framework/build/src/main.js";
/** Where Google's builders put the source, and where it runs. */
const WORKSPACE = "/workspace";

/** @returns the size of what is deployed: packages and compile cache are made where it is built */
export function buildFunctions(folder: string): { readonly bytes: number; readonly files: number } {
  execFileSync(process.execPath, [join(ROOT, "tools/build.ts"), folder], { cwd: ROOT, stdio: "pipe" });
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: sizes.length };
}

/** The step that Google runs after the installation, as the bundle's package.json has it. */
export function runBuildStep(folder: string): void {
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const [program = "", ...args] = (scripts["gcp-build"] as string).split(" ");
  if (program !== "node") throw new Error(`the build step runs ${program}`);
  execFileSync(process.execPath, args, { cwd: folder, stdio: "pipe" });
}

/** What Terraform tells Node of the deployed functions. */
export function nodeEnvironment(folder: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(ROOT, "functions/node-environment.json"), "utf8");
  return JSON.parse(text.replaceAll(WORKSPACE, folder)) as Record<string, string>;
}

/** One function in a process of its own. */
export function startFunction(
  folder: string,
  target: string,
  port: number,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const flags = [`--source=${folder}`, `--target=${target}`, `--port=${port}`];
  return spawn(process.execPath, [join(folder, FRAMEWORK), ...flags], {
    env: { PATH: process.env["PATH"], ...nodeEnvironment(folder), ...env },
    stdio: "ignore",
  });
}
