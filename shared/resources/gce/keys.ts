/**
 * The cluster's keys in Secret Manager: `…-pki` (certificate authorities, for control-plane machines alone) and `…-access`
 * (the control plane's own client certificate). Made once, never logged, never in a document.
 */
import { createClusterKeys, issueClientCertificate, readPki } from "../../bootstrap/keys.ts";
import type { Chance } from "../../ports/chance.ts";
import type { Clock } from "../../ports/clock.ts";
import { CloudError, isCloudError } from "../../ports/cloud-error.ts";
import type { KubernetesAccess } from "../../ports/kubernetes.ts";
import type { SecretMeta, Secrets } from "../../ports/secrets.ts";
import { apiServerUrl } from "../api-server.ts";
import { pkiSecretName, prefixOf, roleName } from "../names.ts";
import { LABEL_CLUSTER, LABEL_UID, ownerLabels } from "../owner.ts";
import type { Action, Cluster, Credentials, Facts, ManagedKind, Plan, Problem } from "../resource.ts";
import { machineAccount } from "./service-accounts.ts";

type Role = "pki" | "access";
interface DesiredSecret {
  readonly name: string;
  readonly role: Role;
}
interface ObservedSecret {
  readonly name: string;
  readonly ours: boolean;
  /** Of the access secret: its content. */
  readonly credentials?: StoredAccess;
}
/** The JSON in the access secret. */
interface StoredAccess extends Credentials {
  readonly expiresMs: number;
  /** The account that may read the authorities; absent on those of before that was written down. */
  readonly reader?: string;
}
export interface SecretAction extends Action {
  readonly verb: "insert" | "delete";
  readonly name: string;
  readonly role: Role;
}

const DAY_MS = 86_400_000;
/** As kubeadm's own certificates. */
export const ACCESS_CERTIFICATE_MS = 365 * DAY_MS;
/** A quarter of a year leaves room for a long freeze. */
export const ACCESS_RENEW_BEFORE_MS = 90 * DAY_MS;
const OUR_COMMON_NAME = "clusterwright";
/** The group that kubeadm binds to cluster-admin, so that it can be revoked (system:masters cannot). */
const OUR_ORGANIZATION = "kubeadm:cluster-admins";

export const accessSecretName = (cluster: Parameters<typeof roleName>[0]): string =>
  roleName(cluster, "access");

export function createKeysKind(source: {
  readonly chance: Chance;
  readonly clock: Clock;
}): ManagedKind<DesiredSecret, ObservedSecret, SecretAction> {
  return {
    kind: "keys",
    after: [],
    steady: true,
    condition: "ControlPlaneReady",
    desire: (cluster) =>
      (["pki", "access"] as const).map((role) => ({ name: secretName(cluster, role), role })),
    observe: ({ secrets }, cluster) => observe(secrets, cluster),
    learn: (observed) => learn(observed),
    plan,
    perform: async ({ secrets }, cluster, action) => {
      const { project } = cluster.spec;
      if (action.verb === "delete") await secrets.delete(project, action.name);
      else if (action.role === "pki") await insertPki(secrets, cluster, source);
      else await insertAccess(secrets, cluster, source);
      return "done";
    },
  };
}

function secretName(cluster: Cluster, role: Role): string {
  return role === "pki" ? pkiSecretName(cluster) : accessSecretName(cluster);
}

async function observe(secrets: Secrets, cluster: Cluster): Promise<readonly ObservedSecret[]> {
  const { project } = cluster.spec;
  const listed = await ourSecrets(secrets, cluster);
  return Promise.all(
    listed.map(async ({ name }) => {
      if (name !== accessSecretName(cluster)) return { name, ours: true };
      const payload = await secrets.read(project, name);
      if (payload === undefined) return { name, ours: true };
      return { name, ours: true, credentials: readAccess(name, payload) };
    }),
  );
}

/** Those that bear the marks of both cluster and uid, and a name of ours: a uid alone may be another cluster's too (S2). */
async function ourSecrets(secrets: Secrets, cluster: Cluster): Promise<readonly SecretMeta[]> {
  const listed = await secrets.list(cluster.spec.project, { key: LABEL_UID, value: cluster.uid });
  return listed.filter(
    ({ name, labels }) => labels[LABEL_CLUSTER] === cluster.id && name.startsWith(`${prefixOf(cluster)}-`),
  );
}

/** @throws CloudError invalid: a damaged secret is told, and never quoted */
function readAccess(name: string, payload: Uint8Array): StoredAccess {
  try {
    return JSON.parse(Buffer.from(payload).toString()) as StoredAccess;
  } catch {
    throw new CloudError("invalid", `the secret ${name} is damaged: delete it, and a new one is made`);
  }
}

function learn(observed: readonly ObservedSecret[]): Partial<Facts> {
  const credentials = observed.find((secret) => secret.credentials !== undefined)?.credentials;
  return credentials === undefined ? {} : { credentials, caHash: credentials.caHash };
}

function plan(input: {
  readonly cluster: Cluster;
  readonly desired: readonly DesiredSecret[];
  readonly observed: readonly ObservedSecret[];
  readonly nowMs: number;
}): Plan<SecretAction> {
  const { cluster, desired, observed, nowMs } = input;
  const there = new Set(observed.filter((secret) => isMade(cluster, secret)).map(({ name }) => name));
  const act = (verb: "insert" | "delete", name: string, role: Role, reason: string): SecretAction => ({
    key: `projects/${cluster.spec.project}/secrets/${name}`,
    verb,
    name,
    role,
    reason,
  });
  const roleOf = (name: string): Role => (name === pkiSecretName(cluster) ? "pki" : "access");
  const unwanted = observed.filter((secret) => !desired.some((wish) => wish.name === secret.name));
  const expiring = observed.filter(
    (secret) => (secret.credentials?.expiresMs ?? Infinity) - nowMs < ACCESS_RENEW_BEFORE_MS,
  );
  // Their machines are about to run as another account: it is let in by whoever makes the secret.
  const strange = observed.filter(
    ({ credentials }) => credentials !== undefined && readerOf(cluster, credentials) !== accountOf(cluster),
  );
  const missing = desired.filter((wish) => !there.has(wish.name));
  const lost = cluster.pins.initialised === true && missing.some((wish) => wish.role === "pki");
  // The access certificate is signed by the authority: one after the other.
  const next = missing.find((wish) => wish.role === "pki") ?? missing[0];
  return {
    actions: [
      ...unwanted.map((secret) => act("delete", secret.name, roleOf(secret.name), "no longer wanted")),
      ...(desired.length === 0 ? [] : expiring).map((secret) =>
        act("delete", secret.name, "access", "its certificate expires soon: a new one is made"),
      ),
      ...(desired.length === 0 ? [] : strange.filter((secret) => !expiring.includes(secret))).map((secret) =>
        act("delete", secret.name, "access", `${accountOf(cluster)} is to read the keys: it is made anew`),
      ),
      ...(next === undefined || lost
        ? []
        : [act("insert", next.name, next.role, `the cluster's ${next.role} keys are missing`)]),
    ],
    waiting: [],
    problems: lost ? [authorityLost(cluster)] : [],
  };
}

function accountOf({ spec }: Cluster): string {
  return machineAccount(spec, spec.controlPlane, "control-plane");
}
function readerOf({ spec }: Cluster, { reader }: StoredAccess): string {
  return reader ?? machineAccount(spec, {}, "control-plane");
}

/** A new authority would be a stranger to every certificate that the cluster has. */
function authorityLost(cluster: Cluster): Problem {
  const name = pkiSecretName(cluster);
  const key = `projects/${cluster.spec.project}/secrets/${name}`;
  return {
    key,
    code: "unsupported",
    message:
      `${key}, the cluster's certificate authorities, is gone. The cluster runs on, but no control-plane machine can ` +
      "be made. Write the secret again from a copy, or make a new cluster and move the workloads.",
  };
}

/**
 * A crash between the calls that make a secret leaves one without content. The access secret is made last, so its content
 * proves that the keys before it are whole; its own, like theirs, is checked by whoever makes it.
 */
function isMade(cluster: Cluster, { name, credentials }: ObservedSecret): boolean {
  return name !== accessSecretName(cluster) || credentials !== undefined;
}

async function insertPki(
  secrets: Secrets,
  cluster: Cluster,
  { chance, clock }: { chance: Chance; clock: Clock },
): Promise<void> {
  const keys = await createClusterKeys({ chance, nowMs: clock.nowMs(), clusterId: cluster.id });
  await createOnce(secrets, cluster, pkiSecretName(cluster), keys.secret, "pki");
}

/** The authority's keys with its machines let in: what a crash kept from being done earlier is done now. */
async function wholePki(
  secrets: Secrets,
  cluster: Cluster,
  source: { chance: Chance; clock: Clock },
): Promise<Uint8Array | undefined> {
  const { project } = cluster.spec;
  const name = pkiSecretName(cluster);
  if ((await secrets.read(project, name)) === undefined) await insertPki(secrets, cluster, source);
  await secrets.allow(project, name, accountOf(cluster));
  // Read afresh: should another have been faster, its keys count.
  return secrets.read(project, name);
}

async function insertAccess(
  secrets: Secrets,
  cluster: Cluster,
  source: { chance: Chance; clock: Clock },
): Promise<void> {
  const { chance, clock } = source;
  const payload = await wholePki(secrets, cluster, source);
  if (payload === undefined) return;
  const pki = readPki(payload);
  const nowMs = clock.nowMs();
  const issued = await issueClientCertificate({
    chance,
    nowMs,
    pki,
    commonName: OUR_COMMON_NAME,
    organizations: [OUR_ORGANIZATION],
    ttlMs: ACCESS_CERTIFICATE_MS,
  });
  const access: StoredAccess = {
    caCertificate: pki.caCertificate,
    caHash: pki.caHash,
    clientCertificate: issued.certificate,
    clientKey: issued.key,
    expiresMs: nowMs + ACCESS_CERTIFICATE_MS,
    reader: accountOf(cluster),
  };
  await createOnce(
    secrets,
    cluster,
    accessSecretName(cluster),
    Buffer.from(JSON.stringify(access)),
    "access",
  );
}

/** The first one made stays: a repeat after a lost answer must not replace keys that machines already have. */
async function createOnce(
  secrets: Secrets,
  cluster: Cluster,
  name: string,
  payload: Uint8Array,
  role: Role,
): Promise<void> {
  try {
    await secrets.create(cluster.spec.project, name, payload, ownerLabels(cluster, role));
  } catch (error) {
    if (!isCloudError(error, "already-exists")) throw error;
    const ours = await ourSecrets(secrets, cluster);
    if (!ours.some((secret) => secret.name === name)) throw error;
  }
}

/** How to reach the cluster's API from here: by the public address where there is one. */
export function accessFrom(facts: Facts): KubernetesAccess | undefined {
  const address = facts.apiExternalAddress ?? facts.apiInternalAddress;
  if (facts.credentials === undefined || address === undefined) return undefined;
  const { caCertificate, clientCertificate, clientKey } = facts.credentials;
  return { server: apiServerUrl(address), caCertificate, clientCertificate, clientKey };
}
