/** The in-process door to the simulated secrets: the control plane's port without a network. */
import { CloudError } from "../../shared/ports/cloud-error.ts";
import type { SecretMeta, Secrets } from "../../shared/ports/secrets.ts";
import { Refusal } from "../refusal.ts";
import { secretName } from "./render.ts";
import type { SecretStore, StoredSecret } from "./store.ts";
import { addVersion, newSecret, SECRET_ID } from "./write.ts";

const ACCESSOR = "roles/secretmanager.secretAccessor";

export function createSecretsPort(store: SecretStore): Secrets {
  return {
    async read(project, name) {
      checkName(project, name);
      const enabled = store.find(project, name)?.versions.findLast((version) => version.state === "ENABLED");
      return enabled === undefined ? undefined : new Uint8Array(enabled.payload);
    },
    async create(project, name, payload, labels) {
      if (store.find(project, name) !== undefined)
        throw new CloudError("already-exists", `secret ${name} exists in project ${project}`, {
          target: `projects/${project}/secrets/${name}`,
        });
      const nowMs = store.clock.nowMs();
      const secret = refusalsAsErrors(project, name, () => {
        const made = newSecret(nowMs, project, name, {
          replication: { automatic: {} },
          labels: { ...labels },
        });
        addVersion(made, { payload: { data: Buffer.from(payload).toString("base64") } }, nowMs);
        return made;
      });
      store.put(secret);
    },
    async allow(project, name, serviceAccount) {
      checkMember(serviceAccount);
      const secret = existing(store, project, name);
      const member = `serviceAccount:${serviceAccount}`;
      const members = secret.bindings.find((binding) => binding.role === ACCESSOR)?.members ?? [];
      if (members.includes(member)) return;
      const others = secret.bindings.filter((binding) => binding.role !== ACCESSOR);
      secret.bindings = [...others, { role: ACCESSOR, members: [...members, member] }];
      secret.policyRevision += 1;
    },
    async list(project, label) {
      return store.labelled(project, label.key, label.value).map(meta);
    },
    async delete(project, name) {
      store.remove(project, name);
    },
  };
}

function checkName(project: string, name: string): void {
  if (SECRET_ID.test(name)) return;
  throw new CloudError(
    "invalid",
    `"${name}" is not the name of a secret: letters, digits, - and _, at most 255`,
    {
      target: `projects/${project}/secrets/${name}`,
    },
  );
}
function checkMember(serviceAccount: string): void {
  if (/^[^@\s:]+@[^@\s:]+$/.test(serviceAccount)) return;
  throw new CloudError("invalid", `"${serviceAccount}" is not the email of a service account`);
}

function existing(store: SecretStore, project: string, name: string): StoredSecret {
  const secret = store.find(project, name);
  if (secret !== undefined) return secret;
  throw new CloudError("not-found", `secret ${name} does not exist in project ${project}`, {
    target: `projects/${project}/secrets/${name}`,
  });
}
function meta(secret: StoredSecret): SecretMeta {
  return {
    name: secretName(secret).split("/").at(-1) ?? "",
    labels: secret.labels,
    createdMs: secret.createdMs,
  };
}
function refusalsAsErrors<T>(project: string, name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new CloudError("invalid", error.message, {
      target: `projects/${project}/secrets/${name}`,
      cause: error,
    });
  }
}
