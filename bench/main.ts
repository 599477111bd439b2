/**
 * `npm run bench -- [figure …] [--quick | --full] [--json]`: measures each figure in a process of its own, so that none
 * finds the heap that another left behind, and prints its table.
 */
import { type ChildProcess, fork } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { nodeEnvironment } from "../simulation/deployed-functions.ts";
import { type Figure, type Row, type Scale, verdictOf } from "./figure.ts";
import { FIGURES } from "./figures.ts";
import { table } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const scale: Scale = values.full ? "full" : values.quick ? "quick" : "default";

const unknown = positionals.filter((name) => !FIGURES.some((figure) => figure.name === name));
if (unknown.length > 0) {
  const names = FIGURES.map((figure) => figure.name).join(", ");
  process.stderr.write(`there is no figure ${unknown.join(", ")}; choose among ${names}\n`);
  process.exit(2);
}
const chosen = FIGURES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

if (!values.json) process.stdout.write(`Node ${process.version}, ${cpus().length} cores, scale ${scale}\n\n`);
for (const figure of chosen) {
  const rows = await measureApart(figure);
  if (values.json) {
    const told = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
    process.stdout.write(
      `${JSON.stringify({ name: figure.name, title: figure.title, scale, rows: told })}\n`,
    );
  } else process.stdout.write(`${table(`${figure.name}: ${figure.title}`, rows)}\n`);
}

function measureApart({ name, asDeployed = false }: Figure): Promise<readonly Row[]> {
  const { NODE_COMPILE_CACHE: _none, ...flags } = nodeEnvironment("");
  const env = asDeployed ? { ...process.env, ...flags } : process.env;
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(new URL("measure-one.ts", import.meta.url), [name, scale], { env });
    child.once("message", (rows) => resolve(rows as readonly Row[]));
    child.once("exit", (code, signal) =>
      reject(new Error(`measuring ${name} ended with ${code ?? signal} before it had an answer`)),
    );
  });
}
