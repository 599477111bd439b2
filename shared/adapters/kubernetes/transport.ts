/** Requests to clusters' Kubernetes APIs over TLS, with the cluster's CA pinned and few, kept connections per cluster. */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { Agent, request as send } from "undici";
import {
  type KubernetesAccess,
  type KubernetesRequest,
  type KubernetesResponse,
  type KubernetesTransport,
  KubernetesUnreachable,
} from "../../ports/kubernetes.ts";

/** Enough for the few concurrent requests of one pass; more would only queue at the API server. */
const CONNECTIONS_PER_CLUSTER_MAX = 4;
/** Clusters whose connections are kept; the one used longest ago goes first. */
const CLUSTERS_KEPT_MAX = 256;
const CONNECT_TIMEOUT_MS = 5_000;
// An API server without a quorum answers after 7 to 15 s; waiting longer would hold a function for nothing.
const ANSWER_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 30_000;
/** A page of 500 nodes is about 5 MB; larger answers mean that a limit was forgotten. */
const ANSWER_MAX_BYTES = 32 * 1_024 * 1_024;

export interface TransportOptions {
  /** Where a host is reached when not at its own address, e.g. a simulated one. The certificate is checked for the host. */
  readonly resolve?: (host: string) => string;
  readonly answerTimeoutMs?: number;
}
export interface UndiciKubernetesTransport extends KubernetesTransport {
  /** Closes every kept connection. */
  close(): Promise<void>;
}

function keyOf(access: KubernetesAccess): string {
  const { server, caCertificate, clientCertificate, clientKey } = access;
  return createHash("sha256")
    .update([server, caCertificate, clientCertificate, clientKey].join("\n"))
    .digest("hex");
}

function agentFor(access: KubernetesAccess, answerTimeoutMs: number): Agent {
  const host = new URL(access.server).hostname;
  return new Agent({
    connections: CONNECTIONS_PER_CLUSTER_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    maxResponseSize: ANSWER_MAX_BYTES,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ca: access.caCertificate,
      cert: access.clientCertificate,
      key: access.clientKey,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      checkServerIdentity: (_connected: string, certificate: PeerCertificate) =>
        checkServerIdentity(host, certificate),
    },
  });
}

/** The innermost reason: undici and TLS wrap what happened. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}

function parse(text: string, contentType: string): unknown {
  return contentType.includes("json") && text !== "" ? JSON.parse(text) : text;
}

/** One for all clusters of a process. */
export function createKubernetesTransport(options: TransportOptions = {}): UndiciKubernetesTransport {
  const { resolve = (host: string) => host, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const agents = new Map<string, Agent>();

  function agentOf(access: KubernetesAccess): Agent {
    const key = keyOf(access);
    const agent = agents.get(key) ?? agentFor(access, answerTimeoutMs);
    agents.delete(key);
    agents.set(key, agent);
    const [oldest] = agents.keys();
    if (agents.size > CLUSTERS_KEPT_MAX && oldest !== undefined) {
      // Graceful: requests under way are answered first.
      void agents.get(oldest)?.close();
      agents.delete(oldest);
    }
    return agent;
  }

  async function ask(
    access: KubernetesAccess,
    { method, path, body, contentType }: KubernetesRequest,
  ): Promise<KubernetesResponse> {
    const server = new URL(access.server);
    const host = server.host;
    server.hostname = resolve(server.hostname);
    const response = await send(new URL(path, server), {
      dispatcher: agentOf(access),
      method,
      headers: {
        host,
        accept: "application/json",
        "user-agent": "clusterwright",
        ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: parse(text, String(response.headers["content-type"] ?? "")) };
  }

  return {
    async request(access, request) {
      try {
        return await ask(access, request);
      } catch (cause) {
        throw new KubernetesUnreachable(
          `${access.server} did not answer ${request.method} ${request.path}: ${reason(cause)}`,
          { cause },
        );
      }
    },
    async close() {
      const all = [...agents.values()];
      agents.clear();
      await Promise.all(all.map((agent) => agent.destroy()));
    },
  };
}
