/** Reads a bash boot script as bash would meet it: its here-documents that write files, and whether it is whole. */
import { BootFailure } from "./boot-plan.ts";
import { decodeBase64, utf8 } from "./encodings.ts";
import type { Payload } from "./payload.ts";

const HEREDOC = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1\s*$/;
const WRITE_FILE = /^\s*write_file\s+(\/\S+)\s+[0-7]{3,4}\s+<</;
const FUNCTION = /^([A-Za-z_][A-Za-z0-9_]*)\(\) ?\{/;
const ONE_LINE_FUNCTION = /^[A-Za-z_][A-Za-z0-9_]*\(\) ?\{.*\}\s*$/;

/** @throws BootFailure */
export function readScript(text: string, runner: string): Payload {
  if (!text.startsWith("#!"))
    throw new BootFailure(
      "wrong-format",
      `${runner}: fork/exec: exec format error: the script has no "#!" line`,
    );
  const files = new Map<string, string>();
  const program: string[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    program.push(line);
    const terminator = line.trimStart().startsWith("#") ? undefined : HEREDOC.exec(line)?.[2];
    if (terminator === undefined) continue;
    const end = lines.indexOf(terminator, at + 1);
    if (end === -1)
      throw new BootFailure(
        "truncated",
        `${runner}: line ${at + 1}: warning: here-document delimited by end-of-file (wanted \`${terminator}'): the script was cut short`,
      );
    const path = WRITE_FILE.exec(line)?.[1];
    if (path !== undefined) files.set(path, fileContent(lines.slice(at + 1, end).join("\n"), path, runner));
    at = end;
  }
  requireWhole(program, runner);
  return { files, script: program.join("\n"), console: [`${runner}: running the script from metadata`] };
}

function fileContent(encoded: string, path: string, runner: string): string {
  const bytes = decodeBase64(encoded);
  if (bytes === undefined)
    throw new BootFailure("malformed", `${runner}: base64: invalid input, while writing ${path}`);
  return utf8(bytes);
}

/** Every function is closed, and the last line calls one: a script cut short anywhere fails this. */
export function requireWhole(program: readonly string[], runner: string): void {
  const code = program.filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  const functions = new Set(
    code.map((line) => FUNCTION.exec(line)?.[1]).filter((name) => name !== undefined),
  );
  const opened = code.filter((line) => FUNCTION.test(line) && !ONE_LINE_FUNCTION.test(line)).length;
  const closed = code.filter((line) => line === "}").length;
  if (opened !== closed)
    throw new BootFailure(
      "truncated",
      `${runner}: syntax error: unexpected end of file: the script was cut short`,
    );
  const last = code.at(-1)?.split(" ")[0] ?? "";
  if (!functions.has(last))
    throw new BootFailure(
      "never-runs",
      `${runner}: finished without doing anything: the script's last line calls no step (it was cut short?)`,
    );
}
