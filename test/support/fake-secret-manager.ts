/** The rules of Secret Manager that the adapter depends on, over HTTP, for the test of that adapter alone. */
import { type FakeAnswer, type FakeRequest, type FakeServer, refusal, startFakeServer } from "./fake-http.ts";

interface Version {
  readonly data: string;
  state: "ENABLED" | "DISABLED" | "DESTROYED";
}
interface Policy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly { role: string; members: readonly string[]; condition?: unknown }[];
}
interface FakeSecret {
  readonly labels: Readonly<Record<string, string>>;
  readonly createTime: string;
  readonly versions: Version[];
  policy: Policy;
}
export interface FakeSecretManager extends FakeServer {
  readonly secrets: Map<string, FakeSecret>;
  /** Runs before each request is answered, to make others act in between. */
  onRequest: (request: FakeRequest) => void;
}

export async function startFakeSecretManager(): Promise<FakeSecretManager> {
  const secrets = new Map<string, FakeSecret>();
  let changes = 0;
  const nextEtag = () => Buffer.from(`etag ${changes++}`).toString("base64");
  const fake = {
    secrets,
    onRequest: (_request: FakeRequest) => {},
  };

  const collection = (parent: string, { method, query, body }: FakeRequest): FakeAnswer => {
    if (method === "GET") {
      const [key = "", value] = (query.get("filter") ?? "").replace(/^labels\./, "").split("=");
      const found = [...secrets].filter(
        ([path, { labels }]) => path.startsWith(`${parent}/`) && labels[key] === value,
      );
      return ok({ secrets: found.map(([name, { labels, createTime }]) => ({ name, labels, createTime })) });
    }
    const name = `${parent}/${query.get("secretId")}`;
    if (secrets.has(name)) return refusal(409, "ALREADY_EXISTS", `Secret [${name}] already exists.`);
    if (body["replication"] === undefined) return refusal(400, "INVALID_ARGUMENT", "replication is required");
    const labels = (body["labels"] ?? {}) as Record<string, string>;
    secrets.set(name, {
      labels,
      createTime: "2026-01-01T00:00:00Z",
      versions: [],
      policy: { etag: nextEtag() },
    });
    return ok({ name, labels });
  };
  const onSecret = (name: string, verb: string, { method, body, query }: FakeRequest): FakeAnswer => {
    const secret = secrets.get(name);
    if (secret === undefined) return refusal(404, "NOT_FOUND", `Secret [${name}] not found.`);
    if (verb === "addVersion") {
      secret.versions.push({ data: String((body["payload"] as { data?: unknown }).data), state: "ENABLED" });
      return ok({ name: `${name}/versions/${secret.versions.length}` });
    }
    if (verb === "getIamPolicy") {
      const asked = query.get("options.requestedPolicyVersion");
      return asked === "3" ? ok(secret.policy) : refusal(400, "INVALID_ARGUMENT", "ask for version 3");
    }
    if (verb === "setIamPolicy") {
      const policy = body["policy"] as Policy;
      if (policy.etag !== secret.policy.etag) return refusal(409, "ABORTED", "the etag is stale");
      secret.policy = { ...policy, etag: nextEtag() };
      return ok(secret.policy);
    }
    if (method === "DELETE") secrets.delete(name);
    return ok({});
  };
  const onVersion = (
    name: string,
    id: string | undefined,
    verb: string,
    request: FakeRequest,
  ): FakeAnswer => {
    const versions = secrets.get(name)?.versions;
    if (versions === undefined) return refusal(404, "NOT_FOUND", `Secret [${name}] not found.`);
    if (id === undefined) {
      const enabled = request.query.get("filter") === "state:ENABLED";
      const listed = versions
        .map(({ state }, index) => ({ name: `${name}/versions/${index + 1}`, state }))
        .reverse();
      return ok({ versions: listed.filter(({ state }) => !enabled || state === "ENABLED") });
    }
    const number = id === "latest" ? versions.length : Number(id);
    const version = versions[number - 1];
    if (version === undefined) return refusal(404, "NOT_FOUND", `Secret Version [${id}] not found.`);
    if (verb === "destroy") version.state = "DESTROYED";
    if (verb === "access" && version.state !== "ENABLED") {
      return refusal(400, "FAILED_PRECONDITION", `Secret Version [${id}] is in ${version.state} state.`);
    }
    return ok({ name: `${name}/versions/${number}`, payload: { data: version.data } });
  };

  const server = await startFakeServer((request) => {
    fake.onRequest(request);
    const [, parent, name, , version, verb = ""] =
      /^\/v1\/(projects\/[^/]+\/secrets)(?:\/([^/:]+))?(\/versions)?(?:\/([^:]+))?(?::(\w+))?$/.exec(
        request.path,
      ) ?? [];
    if (parent === undefined) return refusal(404, "NOT_FOUND", `no such path: ${request.path}`);
    if (name === undefined) return collection(parent, request);
    if (request.path.includes("/versions")) return onVersion(`${parent}/${name}`, version, verb, request);
    return onSecret(`${parent}/${name}`, verb, request);
  });
  return Object.assign(fake, server);
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}
