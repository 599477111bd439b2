/** The Secrets port on Secret Manager, through Google's official client. */
import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import type * as gax from "google-gax";
import type { CallOptions, ClientOptions } from "google-gax";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import type { SecretMeta, Secrets } from "../../ports/secrets.ts";
import { restGax } from "./rest-gax.ts";
import { checkSecret, checkSecretName, checkServiceAccount, secretPath } from "./secret-rules.ts";
import { toCloudError } from "./service-error.ts";

/** Retries are the engine's: the client would repeat silently what it calls idempotent. */
const CALL: CallOptions = { timeout: 20_000, retry: null };
const READER_ROLE = "roles/secretmanager.secretAccessor";
/** Tries to change a policy that others change at the same time. */
const POLICY_TRIES_MAX = 4;
/** Versions looked through for one that is enabled: the newest ones come first. */
const VERSIONS_PAGE = 20;
/** The version that says who was first. */
const FIRST_VERSION = "1";
/** Policies with conditions are version 3; to ask for less would lose them. Source: the API's GetPolicyOptions. */
const POLICY_VERSION = 3;

/** What is called of the client. The deployed bundle has no other method. */
export const SECRET_METHODS = [
  "accessSecretVersion",
  "addSecretVersion",
  "createSecret",
  "deleteSecret",
  "destroySecretVersion",
  "getIamPolicy",
  "listSecrets",
  "listSecretVersions",
  "setIamPolicy",
] as const;
type Client = Pick<SecretManagerServiceClient, (typeof SECRET_METHODS)[number]>;

/** Passed on to the client: apiEndpoint, port, protocol and authClient reach a local server. REST unless told otherwise. */
export type SecretManagerOptions = ClientOptions;

/** Loads the client with the first call. */
export function createSecretManager(options: SecretManagerOptions = {}): Secrets {
  let loading: Promise<Client> | undefined;
  const client = () => {
    loading ??= connect(options);
    return loading;
  };
  const call = async <R>(target: string, request: (client: Client) => Promise<R>): Promise<R> => {
    try {
      return await request(await client());
    } catch (error) {
      throw toCloudError(error, target);
    }
  };

  const access = async (version: string): Promise<Uint8Array> => {
    const [answer] = await call(version, (c) => c.accessSecretVersion({ name: version }, CALL));
    const data = answer.payload?.data ?? "";
    return new Uint8Array(typeof data === "string" ? Buffer.from(data, "base64") : data);
  };
  const versions = async (target: string, filter: string): Promise<readonly string[]> => {
    const request = { parent: target, filter, pageSize: VERSIONS_PAGE };
    const [found] = await call(target, (c) =>
      c.listSecretVersions(request, { ...CALL, autoPaginate: false }),
    );
    return found.flatMap(({ name }) => name ?? []);
  };
  /** The newest version is disabled or destroyed: an older one may do. */
  const readOlder = async (target: string) => {
    const [newest] = await versions(target, "state:ENABLED");
    return newest === undefined ? undefined : access(newest);
  };
  const makeEmpty = async (project: string, name: string, labels: Readonly<Record<string, string>>) => {
    const secret = { labels: { ...labels }, replication: { automatic: {} } };
    const request = { parent: `projects/${project}`, secretId: name, secret };
    const target = secretPath(project, name);
    try {
      await call(target, (c) => c.createSecret(request, CALL));
    } catch (error) {
      // One without any version is what a crash between the two calls has left: it is taken over.
      if (!isCloudError(error, "already-exists") || (await versions(target, "")).length > 0) throw error;
    }
  };
  const addReader = async (target: string, member: string): Promise<void> => {
    const options = { requestedPolicyVersion: POLICY_VERSION };
    const [policy] = await call(target, (c) => c.getIamPolicy({ resource: target, options }, CALL));
    const bindings = policy.bindings ?? [];
    const ours = bindings.find(({ role, condition }) => role === READER_ROLE && !condition);
    if (ours?.members?.includes(member)) return;
    const others = bindings.filter((binding) => binding !== ours);
    const wanted = { ...ours, role: READER_ROLE, members: [...(ours?.members ?? []), member] };
    // The etag of what was read goes back with it: a change by others in between is refused.
    const changed = { ...policy, bindings: [...others, wanted] };
    await call(target, (c) => c.setIamPolicy({ resource: target, policy: changed }, CALL));
  };

  return {
    read: async (project, name) => {
      checkSecretName(project, name);
      const target = secretPath(project, name);
      try {
        return await access(`${target}/versions/latest`);
      } catch (error) {
        if (isCloudError(error, "not-found")) return undefined;
        if (isCloudError(error, "not-ready")) return readOlder(target);
        throw error;
      }
    },
    create: async (project, name, payload, labels) => {
      checkSecret(project, name, payload, labels);
      const target = secretPath(project, name);
      await makeEmpty(project, name, labels);
      const request = { parent: target, payload: { data: Buffer.from(payload) } };
      const [version] = await call(target, (c) => c.addSecretVersion(request, CALL));
      if (version.name?.endsWith(`/versions/${FIRST_VERSION}`)) return;
      // Another creator was a moment faster: its version counts, ours goes.
      await call(target, (c) => c.destroySecretVersion({ name: version.name ?? "" }, CALL));
      throw new CloudError("already-exists", `secret ${target} was made by another a moment ago`, { target });
    },
    allow: async (project, name, serviceAccount) => {
      checkSecretName(project, name);
      const target = secretPath(project, name);
      checkServiceAccount(target, serviceAccount);
      for (let tries = 1; ; tries++) {
        try {
          return await addReader(target, `serviceAccount:${serviceAccount}`);
        } catch (error) {
          if (!isCloudError(error, "stale") || tries >= POLICY_TRIES_MAX) throw error;
        }
      }
    },
    list: async (project, { key, value }) => {
      const request = { parent: `projects/${project}`, filter: `labels.${key}=${value}` };
      const [found] = await call(request.parent, (c) => c.listSecrets(request, CALL));
      // The filter of the API is not documented to be exact.
      return found.map(toMeta).filter(({ labels }) => labels[key] === value);
    },
    delete: async (project, name) => {
      checkSecretName(project, name);
      const target = secretPath(project, name);
      try {
        await call(target, (c) => c.deleteSecret({ name: target }, CALL));
      } catch (error) {
        if (!isCloudError(error, "not-found")) throw error;
      }
    },
  };
}

async function connect(options: SecretManagerOptions): Promise<Client> {
  const { default: clients } = await import("@google-cloud/secret-manager");
  return new clients.SecretManagerServiceClient(
    { fallback: true, ...options },
    restGax as unknown as typeof gax,
  );
}

interface ListedSecret {
  readonly name?: string | null | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly createTime?: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;
}

function toMeta({ name, labels, createTime }: ListedSecret): SecretMeta {
  return {
    name: (name ?? "").split("/").at(-1) ?? "",
    labels: { ...labels },
    createdMs: Number(createTime?.seconds ?? 0) * 1_000 + Math.floor((createTime?.nanos ?? 0) / 1_000_000),
  };
}
