/** Secret Manager v1 over the simulated cloud's secrets. */
import type { ComputeAnswer, JsonObject } from "../compute/call.ts";
import { Refusal } from "../refusal.ts";
import type { Service, ServiceCall } from "../service.ts";
import { type Access, demand, mayDo, type ProjectRoles } from "./access.ts";
import { parseSecretFilter } from "./filter.ts";
import { policyJson, readPolicy } from "./policy.ts";
import { pageOf, secretJson, secretName, versionJson, versionName } from "./render.ts";
import type { SecretStore, StoredSecret, StoredVersion, VersionState } from "./store.ts";
import { accessedPayload, addVersion, newSecret, patchSecret } from "./write.ts";

export interface SecretsServiceOptions {
  readonly store: SecretStore;
  /** Roles on whole projects; nobody but the owner has any when absent. */
  readonly projectRoles?: ProjectRoles;
}
interface Context {
  readonly store: SecretStore;
  readonly access: Access;
  readonly call: ServiceCall;
}
type Handler = (context: Context) => JsonObject;

export function createSecretsService(options: SecretsServiceOptions): Service {
  const projectRoles = options.projectRoles ?? (() => []);
  return (call): ComputeAnswer => {
    const handler = HANDLERS[call.method];
    if (handler === undefined || Object.values(call.params).some((value) => value.includes("/locations/")))
      throw new Refusal(501, `Secret Manager's ${call.method} is not modelled by the simulated cloud here.`);
    const access = { caller: call.caller, projectRoles };
    return { status: 200, body: handler({ store: options.store, access, call }) };
  };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  CreateSecret({ store, access, call }) {
    const project = part(call.params["parent"], 1);
    const id = call.params["secretId"] ?? "";
    demand(access, project, "secrets.create", `projects/${project}`, undefined);
    const secret = newSecret(store.clock.nowMs(), project, id, call.body);
    if (store.find(project, id) !== undefined)
      throw new Refusal(409, `Secret [${secretName(secret)}] already exists.`);
    store.put(secret);
    return secretJson(secret);
  },
  GetSecret: (context) => secretJson(secretOf(context, "name", "secrets.get")),
  ListSecrets({ store, access, call }) {
    const project = part(call.params["parent"], 1);
    demand(access, project, "secrets.list", `projects/${project}`, undefined);
    const matches = parseSecretFilter(call.params["filter"] ?? "");
    const all = store
      .inProject(project)
      .filter((secret) => matches({ name: secretName(secret), labels: secret.labels }));
    const { items, nextPageToken } = pageOf(all, call.params);
    return { secrets: items.map(secretJson), ...nextPageToken, totalSize: all.length };
  },
  UpdateSecret(context) {
    const secret = secretOf(context, "secret.name", "secrets.update");
    checkEtag(context.call.body["etag"], secret.revision);
    const { labels } = secret;
    patchSecret(
      secret,
      context.call.body,
      (context.call.params["updateMask"] ?? "").split(","),
      context.store.clock.nowMs(),
    );
    context.store.relabelled(secret, labels);
    return secretJson(secret);
  },
  DeleteSecret(context) {
    const secret = secretOf(context, "name", "secrets.delete");
    checkEtag(context.call.params["etag"], secret.revision);
    context.store.remove(secret.project, secret.id);
    return {};
  },
  AddSecretVersion(context) {
    const secret = secretOf(context, "parent", "versions.add");
    return versionJson(secret, addVersion(secret, context.call.body, context.store.clock.nowMs()));
  },
  GetSecretVersion(context) {
    const { secret, version } = versionOf(context, "versions.get");
    return versionJson(secret, version);
  },
  ListSecretVersions(context) {
    const secret = secretOf(context, "parent", "versions.list");
    const matches = parseSecretFilter(context.call.params["filter"] ?? "");
    const all = secret.versions
      .filter((v) => matches({ name: versionName(secret, v), labels: {}, state: v.state }))
      .reverse();
    const { items, nextPageToken } = pageOf(all, context.call.params);
    return { versions: items.map((v) => versionJson(secret, v)), ...nextPageToken, totalSize: all.length };
  },
  AccessSecretVersion(context) {
    const { secret, version } = versionOf(context, "versions.access");
    if (version.state !== "ENABLED")
      throw new Refusal(
        400,
        `Secret Version [${versionName(secret, version)}] is in ${version.state} state.`,
        {
          statusName: "FAILED_PRECONDITION",
        },
      );
    return { name: versionName(secret, version), payload: accessedPayload(version) };
  },
  EnableSecretVersion: (context) => changeState(context, "versions.enable", "ENABLED"),
  DisableSecretVersion: (context) => changeState(context, "versions.disable", "DISABLED"),
  DestroySecretVersion: (context) => changeState(context, "versions.destroy", "DESTROYED"),
  GetIamPolicy: (context) => policyJson(secretOf(context, "resource", "secrets.getIamPolicy")),
  SetIamPolicy(context) {
    const secret = secretOf(context, "resource", "secrets.setIamPolicy");
    secret.bindings = readPolicy(secret, context.call.body["policy"]);
    secret.policyRevision += 1;
    return policyJson(secret);
  },
  TestIamPermissions(context) {
    const name = context.call.params["resource"] ?? "";
    const secret = context.store.find(part(name, 1), part(name, 3));
    const asked = context.call.body["permissions"];
    const permissions = (Array.isArray(asked) ? asked : []).filter(
      (permission): permission is string =>
        typeof permission === "string" &&
        mayDo(context.access, part(name, 1), permission.replace(/^secretmanager\./, ""), secret),
    );
    return permissions.length === 0 ? {} : { permissions };
  },
};

function changeState(context: Context, permission: string, state: VersionState): JsonObject {
  const { secret, version } = versionOf(context, permission);
  checkEtag(context.call.body["etag"], version.revision);
  if (version.state === "DESTROYED" && state !== "DESTROYED")
    throw new Refusal(400, `Secret Version [${versionName(secret, version)}] is in DESTROYED state.`, {
      statusName: "FAILED_PRECONDITION",
    });
  if (state === "DESTROYED" && version.state !== "DESTROYED") {
    version.destroyedMs = context.store.clock.nowMs();
    version.payload = new Uint8Array();
  }
  version.state = state;
  version.revision += 1;
  return versionJson(secret, version);
}

/** @throws Refusal 403 before 404, as the real API does not tell strangers what exists */
function secretOf({ store, access, call }: Context, param: string, permission: string): StoredSecret {
  const name = call.params[param] ?? "";
  const project = part(name, 1);
  const secret = store.find(project, part(name, 3));
  demand(access, project, permission, name, secret);
  if (secret === undefined) throw new Refusal(404, `Secret [${name}] not found.`);
  return secret;
}

function versionOf(
  context: Context,
  permission: string,
): { readonly secret: StoredSecret; readonly version: StoredVersion } {
  const name = context.call.params["name"] ?? "";
  const secret = secretOf(context, "name", permission);
  const asked = part(name, 5);
  const number = secret.versionAliases[asked] ?? asked;
  const version =
    number === "latest" ? secret.versions.at(-1) : secret.versions.find((v) => String(v.number) === number);
  if (version === undefined)
    throw new Refusal(404, `Secret Version [${secretName(secret)}/versions/${asked}] not found.`);
  return { secret, version };
}

function checkEtag(given: unknown, revision: number): void {
  if (given === undefined || given === "" || given === `"${revision}"`) return;
  throw new Refusal(400, "The etag provided does not match the resource's. Read it again and repeat.", {
    statusName: "FAILED_PRECONDITION",
  });
}

function part(name: string | undefined, index: number): string {
  return name?.split("/")[index] ?? "";
}
