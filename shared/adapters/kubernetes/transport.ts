/** Requests to clusters' Kubernetes APIs over TLS, with the cluster's CA pinned and few, kept connections per cluster. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request as send } from "node:https";
import type { Socket } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
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
export interface PooledKubernetesTransport extends KubernetesTransport {
  /** Closes every kept connection. */
  close(): Promise<void>;
}

/** One cluster's connections; those that are left out of the pool end with their last request. */
interface Connections {
  readonly agent: Agent;
  underWay: number;
  kept: boolean;
}

function keyOf(access: KubernetesAccess): string {
  const { server, caCertificate, clientCertificate, clientKey } = access;
  return createHash("sha256")
    .update([server, caCertificate, clientCertificate, clientKey].join("\n"))
    .digest("hex");
}

function agentFor(access: KubernetesAccess): Agent {
  const { hostname } = new URL(access.server);
  return new Agent({
    keepAlive: true,
    maxSockets: CONNECTIONS_PER_CLUSTER_MAX,
    timeout: KEEP_ALIVE_MS,
    ca: access.caCertificate,
    cert: access.clientCertificate,
    key: access.clientKey,
    // Not for the address that is connected to: it may be another one.
    checkServerIdentity: (_connected: string, certificate: PeerCertificate) =>
      checkServerIdentity(hostname, certificate),
  });
}

/** The innermost reason: TLS and name resolution wrap what happened. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}

function parse(text: string, contentType: string): unknown {
  return contentType.includes("json") && text !== "" ? JSON.parse(text) : text;
}

/** Gives up a connection that is not made in time, and an answer of which nothing comes for so long. */
function limit(request: ClientRequest, answerTimeoutMs: number): void {
  const giveUp = (what: string, ms: number) => request.destroy(new Error(`no ${what} within ${ms} ms`));
  request.setTimeout(answerTimeoutMs, () => giveUp("answer", answerTimeoutMs));
  request.once("socket", (socket: Socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => giveUp("connection", CONNECT_TIMEOUT_MS), CONNECT_TIMEOUT_MS);
    for (const over of ["secureConnect", "close"]) socket.once(over, () => clearTimeout(timer));
  });
}

/** @throws Error when it is larger than any honest answer */
async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_MAX_BYTES) throw new Error(`the answer is larger than ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** One for all clusters of a process. */
export function createKubernetesTransport(options: TransportOptions = {}): PooledKubernetesTransport {
  const { resolve = (host: string) => host, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const pool = new Map<string, Connections>();

  function connectionsOf(access: KubernetesAccess): Connections {
    const key = keyOf(access);
    const connections = pool.get(key) ?? { agent: agentFor(access), underWay: 0, kept: true };
    pool.delete(key);
    pool.set(key, connections);
    const [oldest] = pool;
    if (pool.size > CLUSTERS_KEPT_MAX && oldest !== undefined) {
      pool.delete(oldest[0]);
      oldest[1].kept = false;
      if (oldest[1].underWay === 0) oldest[1].agent.destroy();
    }
    return connections;
  }

  async function ask(
    agent: Agent,
    access: KubernetesAccess,
    { method, path, body, contentType }: KubernetesRequest,
  ): Promise<KubernetesResponse> {
    const server = new URL(access.server);
    const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const request = send({
      agent,
      method,
      path,
      hostname: resolve(server.hostname),
      port: server.port,
      headers: {
        host: server.host,
        accept: "application/json",
        "user-agent": "clusterwright",
        ...(sent === undefined
          ? {}
          : { "content-type": contentType ?? "application/json", "content-length": sent.length }),
      },
    });
    limit(request, answerTimeoutMs);
    request.end(sent);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    // What breaks from here on, the body's reader is told.
    request.on("error", () => {});
    const text = await textOf(response);
    return {
      status: response.statusCode ?? 0,
      body: parse(text, String(response.headers["content-type"] ?? "")),
    };
  }

  return {
    async request(access, request) {
      const connections = connectionsOf(access);
      connections.underWay += 1;
      try {
        return await ask(connections.agent, access, request);
      } catch (cause) {
        throw new KubernetesUnreachable(
          `${access.server} did not answer ${request.method} ${request.path}: ${reason(cause)}`,
          { cause },
        );
      } finally {
        connections.underWay -= 1;
        if (!connections.kept && connections.underWay === 0) connections.agent.destroy();
      }
    },
    async close() {
      for (const { agent } of pool.values()) agent.destroy();
      pool.clear();
    },
  };
}
