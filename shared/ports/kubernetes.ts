/** A cluster's Kubernetes API, as small as the control plane needs it. */

/** Where a cluster's API answers and how we show who we are. PEM throughout. */
export interface KubernetesAccess {
  /** `https://host:port` */
  readonly server: string;
  readonly caCertificate: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

export interface KubernetesRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root, with query: `/api/v1/nodes?limit=500`. */
  readonly path: string;
  readonly body?: unknown;
  /** For PATCH: `application/apply-patch+yaml`, `application/merge-patch+json`, … JSON is sent in all of them. */
  readonly contentType?: string;
}
export interface KubernetesResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Sends one request. Any HTTP status is an answer. @throws KubernetesUnreachable */
export interface KubernetesTransport {
  request(access: KubernetesAccess, request: KubernetesRequest): Promise<KubernetesResponse>;
}
/** No answer: refused, timed out, or a certificate that does not verify. */
export class KubernetesUnreachable extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "KubernetesUnreachable";
  }
}
