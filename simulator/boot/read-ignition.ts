/** Reads user data as Ignition does: spec 3 JSON, strictly, files as data URLs, units. */
import { z } from "zod";
import { BootFailure } from "./boot-plan.ts";
import { decodeBase64, decodeGzip, utf8 } from "./encodings.ts";
import type { Payload } from "./payload.ts";
import { requireWhole } from "./read-script.ts";
import { scriptOfUnit } from "./units.ts";

/** https://coreos.github.io/ignition/configuration-v3_4/, the parts that are modelled. */
const Resource = z.strictObject({
  source: z.string().optional(),
  compression: z.enum(["", "gzip"]).optional(),
  verification: z.strictObject({ hash: z.string().optional() }).optional(),
});
const Ignition = z.strictObject({
  ignition: z.strictObject({ version: z.string().regex(/^3\.[0-5]\.0$/) }),
  storage: z
    .strictObject({
      files: z
        .array(
          z.strictObject({
            path: z.string().startsWith("/"),
            mode: z.int().min(0).max(0o7777).optional(),
            overwrite: z.boolean().optional(),
            contents: Resource.optional(),
          }),
        )
        .default([]),
    })
    .default({ files: [] }),
  systemd: z
    .strictObject({
      units: z
        .array(
          z.strictObject({
            name: z.string().regex(/^[\w@:.-]+\.(service|mount|timer|target|socket)$/),
            enabled: z.boolean().optional(),
            mask: z.boolean().optional(),
            contents: z.string().optional(),
          }),
        )
        .default([]),
    })
    .default({ units: [] }),
});

const failure = (reason: "wrong-format" | "malformed" | "never-runs", why: string): BootFailure =>
  new BootFailure(reason, `ignition[711]: CRITICAL : ${why}`);

/** @throws BootFailure */
export function readIgnition(metadata: Readonly<Record<string, string>>): Payload {
  const data = metadata["user-data"] ?? "";
  const config = parseConfig(data);
  const paths = config.storage.files.map((file) => file.path);
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice !== undefined)
    throw failure(
      "malformed",
      `failed to fetch config: error at $.storage.files: duplicate entry defined: ${twice}`,
    );
  const files = new Map(config.storage.files.map(({ path, contents }) => [path, contentOf(path, contents)]));
  const unit = config.systemd.units.find(
    ({ enabled, contents }) => enabled === true && contents !== undefined,
  );
  if (unit === undefined)
    throw failure("never-runs", "the config enables no unit: nothing makes this machine a node");
  const script = scriptOfUnit(files, unit.contents, unit.name);
  requireWhole(script.split("\n"), "bash");
  return { files, script, console: ["ignition[711]: Ignition finished successfully"] };
}

function parseConfig(data: string): z.infer<typeof Ignition> {
  let document: unknown;
  try {
    document = JSON.parse(data);
  } catch (error) {
    const cut = data.trimStart().startsWith("{");
    const why = error instanceof Error ? error.message : "not JSON";
    throw failure(cut ? "malformed" : "wrong-format", `failed to fetch config: config is not valid: ${why}`);
  }
  const parsed = Ignition.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw failure(
    "malformed",
    `failed to fetch config: error at $.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
  );
}

function contentOf(path: string, contents: z.infer<typeof Resource> | undefined): string {
  const source = contents?.source ?? "data:,";
  const parts = /^data:[^,]*?(;base64)?,(.*)$/s.exec(source);
  if (parts === null)
    throw failure(
      "malformed",
      `files: createFiles: failed to fetch ${path}: the simulated network has no ${source}`,
    );
  const body = parts[2] ?? "";
  const bytes = parts[1] === undefined ? Buffer.from(decodeURIComponent(body), "utf8") : decodeBase64(body);
  const plain = bytes !== undefined && contents?.compression === "gzip" ? decodeGzip(bytes) : bytes;
  if (plain === undefined)
    throw failure("malformed", `files: createFiles: ${path}: the data URL cannot be decoded`);
  return utf8(plain);
}
