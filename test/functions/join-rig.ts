/** One worker of one cluster, asking node-join: the machine, its Node and the cluster's API are as the test says. */
import { createNodeJoin } from "../../functions/node-join.ts";
import { joinsPath, statusPath } from "../../shared/engine/paths.ts";
import type { Compute } from "../../shared/ports/compute.ts";
import type { Instance } from "../../shared/ports/compute-types.ts";
import { type KubernetesTransport, KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { LABEL_CLUSTER, LABEL_ROLE, LABEL_UID } from "../../shared/resources/owner.ts";
import type { Facts } from "../../shared/resources/resource.ts";
import { ID } from "../support/fake-engine.ts";
import { fakeKind } from "../support/fake-kind.ts";
import { quickstartSpec } from "../support/specs.ts";
import { type TestPlane, testPlane } from "./plane.ts";

const UID = "abc123";
const PROJECT = "demo-project";
const ZONE = "europe-west4-a";
export const NAME = "quickstart-abc123-n-general-x7k2";
export const NODE_ACCOUNT = `clusterwright-node@${PROJECT}.iam.gserviceaccount.com`;
export const MACHINE: Instance = {
  name: NAME,
  id: "1234567890123456789",
  status: "RUNNING",
  labels: { [LABEL_CLUSTER]: ID, [LABEL_UID]: UID, [LABEL_ROLE]: "worker" },
  serviceAccounts: [{ email: NODE_ACCOUNT, scopes: [] }],
} as unknown as Instance;
export const ASK = { cluster: ID, uid: UID, role: "worker", nodeName: NAME } as const;
export const FACTS: Partial<Facts> = {
  apiInternalAddress: "10.10.0.9",
  caHash: `sha256:${"0".repeat(64)}`,
  credentials: {
    caCertificate: "ca",
    caHash: `sha256:${"0".repeat(64)}`,
    clientCertificate: "certificate",
    clientKey: "key",
  },
};

export interface JoinRig extends TestPlane {
  /** The machine as the cloud has it now; the test may change it. */
  machine: Instance | undefined;
  /** Whether the cluster's API answers. */
  apiUp: boolean;
  /** The machine's Node. */
  node: "none" | "ready" | "not ready";
  /** Names of the bootstrap tokens that were made. */
  readonly made: string[];
  token(changes?: Readonly<Record<string, string>>, audience?: string): Promise<string>;
  ask(token: string | undefined, body?: unknown): Promise<Response>;
  /** Records of tokens that were used. */
  used(): Promise<number>;
}

export async function joinRig(): Promise<JoinRig> {
  const test = await testPlane([fakeKind("networks")]);
  const { engine } = test.plane;
  const [kind] = engine.cloudKinds as [(typeof engine.cloudKinds)[number]];
  const teacher = { ...kind, kind: "keys", learn: () => FACTS };
  const compute = {
    ...engine.cloud.compute,
    get: async ({ name, scope, project }: { name: string; scope: string; project: string }) =>
      join.machine?.name === name && scope === `zones/${ZONE}` && project === PROJECT
        ? join.machine
        : undefined,
  } as unknown as Compute;
  const kubernetes: KubernetesTransport = {
    request: async (_access, { method, path, body }) => {
      if (!join.apiUp) throw new KubernetesUnreachable("refused");
      if (method === "POST") {
        join.made.push((body as { metadata: { name: string } }).metadata.name);
        return { status: 201, body: {} };
      }
      if (path === "/version") return { status: 200, body: { gitVersion: "v1.36.4" } };
      const status = { conditions: [{ type: "Ready", status: join.node === "ready" ? "True" : "False" }] };
      const hasNode = join.node !== "none" && path.startsWith("/api/v1/nodes");
      return { status: 200, body: { items: hasNode ? [{ metadata: { name: NAME }, status }] : [] } };
    },
  };
  const plane = {
    ...test.plane,
    engine: { ...engine, cloud: { ...engine.cloud, compute, kubernetes }, cloudKinds: [teacher] },
  };
  await test.world.store.transact(async (transaction) =>
    transaction.set(statusPath(ID), {
      uid: UID,
      accepted: { ...quickstartSpec(), project: PROJECT },
      deleting: false,
      pins: { kubernetesVersion: "1.36.4", images: {}, initialised: true },
    }),
  );
  const join: JoinRig = {
    ...test,
    plane,
    machine: MACHINE,
    apiUp: true,
    node: "none",
    made: [],
    token: (changes = {}, audience = engine.joinUrl) =>
      test.identity.instanceIdentityToken({
        instance: {
          project: PROJECT,
          zone: ZONE,
          id: MACHINE.id ?? "",
          name: NAME,
          email: NODE_ACCOUNT,
          ...changes,
        },
        audience,
      }),
    ask: async (token, body = ASK) =>
      createNodeJoin(plane).request("/", {
        method: "POST",
        headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    used: async () =>
      (await test.world.store.query({ collection: joinsPath(ID), limit: 10 })).documents.length,
  };
  return join;
}
