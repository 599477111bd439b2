/** The Secrets port in one JSON file that only the owner can read. For one process at a time. */
import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import { CloudError } from "../../ports/cloud-error.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { checkSecret, checkSecretName, checkServiceAccount, secretPath } from "../secret-rules.ts";
import { readPrivateFile, replacePrivateFile } from "./private-file.ts";

const FORMAT = 1;

const StoredSecret = z.strictObject({
  payload: z.base64(),
  labels: z.record(z.string(), z.string()),
  createdMs: z.number(),
  /** Service accounts. Nothing enforces them here: whoever reads the file reads everything. */
  readers: z.array(z.string()),
});
const SecretsFile = z.strictObject({
  format: z.literal(FORMAT),
  /** By `projects/{project}/secrets/{name}`. */
  secrets: z.record(z.string(), StoredSecret),
});
type Stored = z.infer<typeof StoredSecret>;
type Contents = ReadonlyMap<string, Stored>;

/** The file is made with the first secret. Each change replaces it whole: it holds the old or the new, never half. */
export function createFileSecrets({
  file,
  clock,
}: {
  readonly file: string;
  readonly clock: Clock;
}): Secrets {
  let queue: Promise<unknown> = Promise.resolve();
  /** One after another, each on what the one before left. */
  const inTurn = <R>(step: () => Promise<R>): Promise<R> => {
    const turn = queue.then(step);
    queue = turn.catch(() => {});
    return turn;
  };
  const change = (decide: (contents: Contents) => Contents | undefined) =>
    inTurn(async () => {
      const changed = decide(await load(file));
      if (changed !== undefined) await save(file, changed);
    });

  return {
    read: (project, name) =>
      inTurn(async () => {
        checkSecretName(project, name);
        const stored = (await load(file)).get(secretPath(project, name));
        return stored === undefined ? undefined : new Uint8Array(Buffer.from(stored.payload, "base64"));
      }),
    create: async (project, name, payload, labels) => {
      checkSecret(project, name, payload, labels);
      const target = secretPath(project, name);
      const encoded = Buffer.from(payload).toString("base64");
      await change((contents) => {
        if (contents.has(target))
          throw new CloudError("already-exists", `secret ${target} exists already`, { target });
        const stored = { payload: encoded, labels: { ...labels }, createdMs: clock.nowMs(), readers: [] };
        return new Map([...contents, [target, stored]]);
      });
    },
    allow: async (project, name, serviceAccount) => {
      const target = secretPath(project, name);
      checkSecretName(project, name);
      checkServiceAccount(target, serviceAccount);
      await change((contents) => {
        const stored = contents.get(target);
        if (stored === undefined)
          throw new CloudError("not-found", `secret ${target} does not exist`, { target });
        if (stored.readers.includes(serviceAccount)) return undefined;
        return new Map([...contents, [target, { ...stored, readers: [...stored.readers, serviceAccount] }]]);
      });
    },
    list: (project, { key, value }) =>
      inTurn(async () => {
        const prefix = secretPath(project, "");
        return [...(await load(file))]
          .filter(([path, { labels }]) => path.startsWith(prefix) && labels[key] === value)
          .map(([path, { labels, createdMs }]) => ({ name: path.slice(prefix.length), labels, createdMs }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      }),
    delete: async (project, name) => {
      checkSecretName(project, name);
      const target = secretPath(project, name);
      await change((contents) =>
        contents.has(target) ? new Map([...contents].filter(([path]) => path !== target)) : undefined,
      );
    },
  };
}

async function load(file: string): Promise<Contents> {
  const text = await mapErrors(file, () => readPrivateFile(file));
  if (text === undefined) return new Map();
  const parsed = SecretsFile.safeParse(parseJson(text));
  if (parsed.success) return new Map(Object.entries(parsed.data.secrets));
  // Neither the text nor what the parser says of it: it may quote a secret.
  throw new CloudError(
    "invalid",
    `${file} is not a secrets file of format ${FORMAT}: put its backup in its place, or move it away to start without secrets`,
    { target: file },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function save(file: string, contents: Contents): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, secrets: Object.fromEntries(contents) }, null, 2);
  await mapErrors(file, () => replacePrivateFile(file, `${text}\n`));
}

async function mapErrors<R>(file: string, step: () => Promise<R>): Promise<R> {
  try {
    return await step();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CloudError("unavailable", `the secrets file could not be used: ${reason}`, {
      target: file,
      cause: error,
    });
  }
}
