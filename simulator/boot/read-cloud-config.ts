/** Reads user data as cloud-init does: base64 and gzip wrappings, `#cloud-config` with write_files and runcmd. */
import { parse } from "yaml";
import { z } from "zod";
import { createMemory, remembered } from "../remembered.ts";
import { BootFailure } from "./boot-plan.ts";
import { decodeBase64, decodeGzip, isGzip, utf8 } from "./encodings.ts";
import type { Payload } from "./payload.ts";
import { readScript, requireWhole } from "./read-script.ts";
import { scriptOfUnit } from "./units.ts";

/** https://docs.cloud-init.io/en/latest/reference/modules.html; what we do not know would be ignored, so it is refused. */
const CloudConfig = z.strictObject({
  write_files: z
    .array(
      z.strictObject({
        path: z.string().startsWith("/"),
        content: z.string().default(""),
        encoding: z.string().default("text/plain"),
        permissions: z.string().optional(),
        owner: z.string().optional(),
        append: z.boolean().optional(),
        defer: z.boolean().optional(),
      }),
    )
    .default([]),
  runcmd: z.array(z.union([z.string(), z.array(z.string())])).default([]),
});
type WrittenFile = z.infer<typeof CloudConfig>["write_files"][number];

const BASE64_NAMES = ["b64", "base64"];
const GZIP_NAMES = ["gz", "gzip"];
const PACKED_NAMES = ["gz+base64", "gzip+base64", "gz+b64", "gzip+b64"];

const RESTS_KEPT_MAX = 64;
const CONTENTS_KEPT_MAX = 128;

const malformed = (why: string): BootFailure =>
  new BootFailure("malformed", `cloud-init[612]: util.py[WARNING]: Failed loading user data: ${why}`);

/** @throws BootFailure */
export function readCloudConfig(metadata: Readonly<Record<string, string>>): Payload {
  const text = unwrap(metadata["user-data"] ?? "", metadata["user-data-encoding"]);
  if (text.startsWith("#!")) return readScript(text, "cloud-init[712]");
  if (!/^#cloud-config\s*$/m.test(text.split("\n", 1)[0] ?? ""))
    throw new BootFailure(
      "wrong-format",
      `cloud-init[612]: __init__.py[WARNING]: Unhandled non-multipart (text/x-not-multipart) userdata: '${text.slice(0, 24).replace(/\s+/g, " ")}...'`,
    );
  const parsed = CloudConfig.safeParse(loadYaml(text));
  if (!parsed.success)
    throw malformed(
      `schema: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)[0]}`,
    );
  const files = new Map(parsed.data.write_files.map((file) => [file.path, contentOf(file)]));
  return {
    files,
    script: startedScript(files, parsed.data.runcmd),
    console: ["cloud-init[712]: modules:final done"],
  };
}

function unwrap(data: string, encoding: string | undefined): string {
  if (encoding === undefined) return data;
  const bytes = encoding === "base64" ? decodeBase64(data) : undefined;
  if (bytes === undefined) throw malformed(`user-data-encoding ${encoding} does not fit the data`);
  if (!isGzip(bytes)) return utf8(bytes);
  const unpacked = decodeGzip(bytes);
  if (unpacked === undefined) throw malformed("damaged gzip");
  return utf8(unpacked);
}

function loadYaml(text: string): unknown {
  try {
    return parseAround(text);
  } catch (error) {
    throw malformed(error instanceof Error ? (error.message.split("\n")[0] ?? "not YAML") : "not YAML");
  }
}

const parseYaml = (text: string): unknown => parse(text, { maxAliasCount: 0 });
/** What is left of user data without its files' contents is the same for all machines of a kind. */
const parseRest = remembered(parseYaml, RESTS_KEPT_MAX);
/** A long quoted text without a character that means something. */
const LONG = /"([A-Za-z0-9+/=]{256,})"/g;
const MARK = "long-text-that-stands-aside-";

/** Reads the YAML with its long texts standing aside, for they take most of the time, and puts them back. */
function parseAround(text: string): unknown {
  if (text.includes(MARK)) return parseYaml(text);
  const aside: string[] = [];
  const rest = text.replaceAll(LONG, (_, long: string) => `"${MARK}${aside.push(long) - 1}."`);
  try {
    return putBack(parseRest(rest), aside);
  } catch {
    // Its complaint would name places in a text that nobody has seen.
    return parseYaml(text);
  }
}
function putBack(value: unknown, aside: readonly string[]): unknown {
  if (typeof value === "string") {
    if (!value.includes(MARK)) return value;
    return value.replaceAll(new RegExp(`${MARK}(\\d+)\\.`, "g"), (_, at: string) => aside[Number(at)] ?? "");
  }
  if (Array.isArray(value)) return value.map((item) => putBack(item, aside));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(putBack(key, aside)), putBack(item, aside)]),
  );
}

const contents = createMemory<string>(CONTENTS_KEPT_MAX);
function contentOf(file: WrittenFile): string {
  if (file.encoding === "text/plain") return file.content;
  return contents(`${file.path} ${file.encoding} ${file.content}`, () => decoded(file));
}
function decoded({ path, encoding, content }: WrittenFile): string {
  const packed = PACKED_NAMES.includes(encoding) || GZIP_NAMES.includes(encoding);
  const encoded = packed || BASE64_NAMES.includes(encoding);
  const bytes = encoded ? decodeBase64(content) : undefined;
  const plain = bytes !== undefined && packed ? decodeGzip(bytes) : bytes;
  if (plain === undefined) throw malformed(`write_files: ${path} is not ${encoding}`);
  return utf8(plain);
}

/** The script behind the unit that runcmd starts. */
function startedScript(
  files: ReadonlyMap<string, string>,
  commands: readonly (string | readonly string[])[],
): string {
  for (const command of commands) {
    const words = typeof command === "string" ? command.split(/\s+/) : command;
    const unit = words[0] === "systemctl" && words.includes("start") ? words.at(-1) : undefined;
    if (unit === undefined) continue;
    const script = scriptOfUnit(files, files.get(`/etc/systemd/system/${unit}`), unit);
    requireWhole(script.split("\n"), "bash");
    return script;
  }
  throw new BootFailure(
    "never-runs",
    "cloud-init[712]: runcmd starts no unit: nothing makes this machine a node",
  );
}
