/** The wire door of a simulated cluster: its API over TLS, with certificates of its own CA. */
import "reflect-metadata";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ApiAnswer, User } from "./api/request.ts";
import { ANONYMOUS } from "./api/request.ts";
import { type ServingCertificate, servingCertificate } from "./certificates.ts";
import type { KubernetesCluster } from "./cluster.ts";
import { ApiError, unauthorized } from "./objects/status.ts";
import { decodeProtobuf, PROTOBUF } from "./wire/protobuf.ts";

export interface ServerOptions {
  readonly cluster: KubernetesCluster;
  /** A loopback address, e.g. 127.64.0.5. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names and addresses that the certificate is for; `host` is always among them. */
  readonly alternativeNames: readonly string[];
  /** Whether something answers at this address now; when not, connections are cut. */
  readonly reachable?: () => boolean;
  /** Made beforehand and shared by the servers of one cluster. */
  readonly certificate?: ServingCertificate;
}
export interface KubernetesServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

// kube-apiserver --max-request-bytes: 3 MiB.
const BODY_MAX_BYTES = 3 * 1_024 * 1_024;

function clientUser(socket: TLSSocket): User | "unauthorized" | undefined {
  const certificate = socket.getPeerCertificate();
  if (certificate === undefined || Object.keys(certificate).length === 0) return undefined;
  if (!socket.authorized) return "unauthorized";
  const { CN, O } = certificate.subject;
  const groups = O === undefined ? [] : ([] as string[]).concat(O);
  return { name: String(CN), groups: [...groups, "system:authenticated"] };
}

/** Client certificate first, then bearer token, else anonymous; wrong credentials are nobody. */
function userOf(cluster: KubernetesCluster, request: IncomingMessage): User | "unauthorized" {
  const byCertificate = clientUser(request.socket as TLSSocket);
  if (byCertificate !== undefined) return byCertificate;
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return cluster.authenticate(bearer) ?? "unauthorized";
  return request.headers.authorization === undefined ? ANONYMOUS : "unauthorized";
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_MAX_BYTES) throw new Error(`the request body is larger than ${BODY_MAX_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return size === 0 ? undefined : Buffer.concat(chunks);
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  const contentType = answer.contentType ?? "application/json";
  response.writeHead(answer.status, {
    "content-type": contentType,
    "cache-control": "no-cache, private",
    ...answer.headers,
  });
  const { body } = answer;
  if (body instanceof Uint8Array) response.end(body);
  else response.end(contentType.startsWith("text/") ? String(body) : JSON.stringify(body));
}
async function stream(response: ServerResponse, answer: ApiAnswer): Promise<void> {
  const { watch } = answer;
  if (watch === undefined) return;
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  response.on("close", () => watch.close());
  for await (const event of watch) response.write(`${JSON.stringify(event)}\n`);
  response.end();
}

async function respond(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { cluster } = options;
  if (options.reachable?.() === false) return void request.socket.destroy();
  const user = userOf(cluster, request);
  if (user === "unauthorized") return send(response, { status: 401, body: unauthorized().status });
  const bytes = await bodyOf(request);
  const isProtobuf = request.headers["content-type"]?.startsWith(PROTOBUF) === true && bytes !== undefined;
  const body = isProtobuf ? decodeProtobuf(bytes) : bytes?.toString("utf8");
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  if (isProtobuf) headers["content-type"] = "application/json";
  const answer = cluster.handle({
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers,
    body,
    user,
  });
  if (answer.watch === undefined) send(response, answer);
  else await stream(response, answer);
}

/** Listens until closed. */
export async function serveKubernetes(options: ServerOptions): Promise<KubernetesServer> {
  const { cluster, host } = options;
  const certificate =
    options.certificate ?? (await servingCertificate(cluster.state, [host, ...options.alternativeNames]));
  const server = createServer(
    {
      cert: certificate.certificatePem,
      key: certificate.privateKeyPem,
      ca: cluster.state.ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
      // Clocks of the world may run far from the machine's.
      minVersion: "TLSv1.2",
    },
    (request, response) => {
      respond(options, request, response).catch((error: unknown) => {
        if (error instanceof ApiError && !response.headersSent)
          send(response, { status: error.status.code, body: error.status });
        else response.destroy(error as Error);
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
