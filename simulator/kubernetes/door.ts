/** The in-process door: the control plane's Kubernetes port, answered by simulated clusters without a socket. */
import { X509Certificate } from "node:crypto";
import {
  type KubernetesAccess,
  type KubernetesTransport,
  KubernetesUnreachable,
} from "../../shared/ports/kubernetes.ts";
import type { User } from "./api/request.ts";
import type { KubernetesCluster } from "./cluster.ts";
import { sealed } from "./objects/sealed.ts";
import { unauthorized } from "./objects/status.ts";

/** Who a client certificate says its bearer is, when the cluster's CA signed it. */
function userOf(cluster: KubernetesCluster, access: KubernetesAccess): User | undefined {
  const ca = new X509Certificate(cluster.state.ca.certificatePem);
  const certificate = new X509Certificate(access.clientCertificate);
  if (!certificate.verify(ca.publicKey)) return undefined;
  const fields = certificate.subject.split("\n").map((line) => line.split("="));
  const values = (name: string) => fields.filter(([key]) => key === name).map(([, value = ""]) => value);
  return { name: values("CN")[0] ?? "", groups: [...values("O"), "system:authenticated"] };
}

export interface DoorOptions {
  /** The cluster behind `https://host:port`, when something answers there now. */
  readonly find: (server: string) => KubernetesCluster | undefined;
}

/** As the wire answers: the same certificates are checked, once each. */
export function createInProcessTransport({ find }: DoorOptions): KubernetesTransport {
  const users = new WeakMap<KubernetesCluster, Map<string, User | undefined>>();
  function knownUser(cluster: KubernetesCluster, access: KubernetesAccess): User | undefined {
    const known = users.get(cluster) ?? new Map<string, User | undefined>();
    users.set(cluster, known);
    if (!known.has(access.clientCertificate)) known.set(access.clientCertificate, userOf(cluster, access));
    return known.get(access.clientCertificate);
  }
  return {
    async request(access, { method, path, body, contentType = "application/json" }) {
      const cluster = find(access.server);
      if (cluster === undefined || cluster.apiServers().length === 0)
        throw new KubernetesUnreachable(
          `${access.server} did not answer ${method} ${path}: connect ECONNREFUSED`,
        );
      if (access.caCertificate.trim() !== cluster.state.ca.certificatePem.trim())
        throw new KubernetesUnreachable(
          `${access.server} did not answer ${method} ${path}: unable to verify the first certificate`,
        );
      const user = knownUser(cluster, access);
      if (user === undefined) return { status: 401, body: unauthorized().status };
      const headers = {
        accept: "application/json",
        "content-type": contentType,
        "user-agent": "clusterwright",
      };
      const { status, body: answer } = cluster.handle({ method, path, headers, body, user });
      return { status, body: sealed(answer) };
    },
  };
}
