/** The in-process door to clusters' APIs: the KubernetesTransport port without sockets, with the same checks of certificates. */
import { X509Certificate } from "node:crypto";
import {
  type KubernetesAccess,
  type KubernetesTransport,
  KubernetesUnreachable,
} from "../shared/ports/kubernetes.ts";
import type { SimulatedCloud } from "./cloud.ts";
import type { User } from "./kubernetes/api/request.ts";

export function kubernetesPort(cloud: Pick<SimulatedCloud, "clusterAt">): KubernetesTransport {
  const users = new Map<string, User | undefined>();
  return {
    request: async (access, { method, path, body, contentType }) => {
      const { hostname, port } = new URL(access.server);
      const cluster = cloud.clusterAt(hostname, Number(port));
      if (cluster === undefined) throw new KubernetesUnreachable(`${access.server}: connection refused`);
      const authority = cluster.state.ca.certificatePem;
      if (access.caCertificate.trim() !== authority.trim()) {
        throw new KubernetesUnreachable(`${access.server}: its certificate is signed by an unknown authority`);
      }
      const key = `${authority}${access.clientCertificate}`;
      if (!users.has(key)) users.set(key, userOf(access, authority));
      const user = users.get(key);
      if (user === undefined) return { status: 401, body: { kind: "Status", status: "Failure", code: 401, reason: "Unauthorized" } };
      const headers = { accept: "application/json", "content-type": contentType ?? "application/json" };
      // What crosses a wire is a copy: nobody shares objects with the API server.
      const sent = body === undefined ? undefined : JSON.stringify(body);
      const answer = cluster.handle({ method, path, headers, user, ...(sent === undefined ? {} : { body: sent }) });
      return { status: answer.status, body: answer.body === undefined ? undefined : structuredClone(answer.body) };
    },
  };
}

/** Nothing when the certificate is not the cluster's own. */
function userOf(access: KubernetesAccess, authority: string): User | undefined {
  const certificate = new X509Certificate(access.clientCertificate);
  if (!certificate.verify(new X509Certificate(authority).publicKey)) return undefined;
  const parts = certificate.subject.split("\n").map((part) => part.split("=") as [string, string]);
  const name = parts.find(([key]) => key === "CN")?.[1] ?? "";
  const groups = parts.filter(([key]) => key === "O").map(([, value]) => value);
  return { name, groups: [...groups, "system:authenticated"] };
}
