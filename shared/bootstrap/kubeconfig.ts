/** A kubeconfig that kubectl accepts, for one cluster and one user. */
import { stringify } from "yaml";
import type { KubernetesAccess } from "../ports/kubernetes.ts";

const base64 = (pem: string): string => Buffer.from(pem, "utf8").toString("base64");

/** YAML. The context, the cluster and the user bear the cluster's name, so that several files merge well. */
export function renderKubeconfig(
  access: KubernetesAccess & {
    /** The name in the server's certificate, when `server` says another. */
    readonly tlsServerName?: string;
  },
  clusterName: string,
): string {
  const user = `clusterwright-${clusterName}`;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: [
      {
        name: clusterName,
        cluster: {
          server: access.server,
          ...(access.tlsServerName === undefined ? {} : { "tls-server-name": access.tlsServerName }),
          "certificate-authority-data": base64(access.caCertificate),
        },
      },
    ],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user } }],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(access.clientCertificate),
          "client-key-data": base64(access.clientKey),
        },
      },
    ],
  };
  // kubectl reads YAML 1.1, where a cluster called `yes` or `1.36` would not be a string.
  return stringify(config, { version: "1.1", lineWidth: 0 });
}
