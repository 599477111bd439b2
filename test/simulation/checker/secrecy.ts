/** S12: no key and no token that was ever made stands in a document, a log line, or a machine's metadata. */

import { PROJECT } from "../../../simulation/world.ts";
import type { InvariantMaker } from "./checker.ts";
import { mutationOf } from "./reading.ts";

/** Of a PEM body: enough to know it by. */
const NEEDLE_LENGTH = 40;

export const secrecy: InvariantMaker = (watched) => {
  const needles = new Map<string, string>();
  const learnKeys = (path: string): void => {
    const id = path.split("/").at(-1) ?? "";
    const payload = watched.cloud.secrets.find(PROJECT, id)?.versions.at(-1)?.payload;
    const text = Buffer.from(payload ?? []).toString();
    for (const [, body = ""] of text.matchAll(/PRIVATE KEY-----(?:\\n|\n)([A-Za-z0-9+/=\\n]+)/g))
      needles.set(body.replaceAll("\\n", "").slice(-NEEDLE_LENGTH - 8, -8), `a private key of ${id}`);
  };
  const learnToken = (body: unknown): void => {
    const { stringData = {}, data = {} } = (body ?? {}) as {
      readonly stringData?: Readonly<Record<string, string>>;
      readonly data?: Readonly<Record<string, string>>;
    };
    const secret = stringData["token-secret"] ?? decoded(data["token-secret"]);
    if (secret !== undefined && secret !== "") needles.set(secret, "a join token");
  };
  const look = (where: string, cluster: string | undefined, text: string): void => {
    const found = text.includes("PRIVATE KEY-----")
      ? "a private key"
      : [...needles.keys()].find((n) => text.includes(n));
    if (found === undefined) watched.held("S12");
    else watched.violated("S12", cluster, `${where} holds ${needles.get(found) ?? found}`);
  };
  return {
    changed: ({ type, path }) => {
      if (type === "inserted" && path.includes("/secrets/")) learnKeys(path);
    },
    before: (call) => {
      if (call.port === "kubernetes" && call.method === "POST") {
        learnToken((call.args[1] as { readonly body?: unknown }).body);
        return;
      }
      const mutation = mutationOf(call);
      const isMachine = mutation?.collection === "instances" || mutation?.collection === "instanceTemplates";
      if (mutation?.verb === "insert" && isMachine)
        look(mutation.path, call.process.cluster, JSON.stringify(mutation.body));
    },
    committed: ({ path, data }) => {
      if (data !== undefined) look(path, path.split("/")[1], JSON.stringify(data));
    },
    logged: (_level, text) => look("a log line", undefined, text),
  };
};

function decoded(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, "base64").toString();
}
