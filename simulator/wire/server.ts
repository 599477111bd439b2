/** The wire: one HTTP port on loopback that answers as Google's hosts do. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ComputeService, JsonObject } from "../compute/call.ts";
import { answerControl, CONTROL_PATH, type Control } from "../control/endpoint.ts";
import type { Identity } from "../identity/identity.ts";
import { iamCredentialsService } from "../identity/service.ts";
import { Refusal } from "../refusal.ts";
import type { Service } from "../service.ts";
import {
  CLOUD_TASKS_NAMESPACE,
  IAM_CREDENTIALS_NAMESPACE,
  loadApis,
  SECRET_MANAGER_NAMESPACE,
} from "./apis.ts";
import { answerBatch } from "./batch.ts";
import { createDoor, type Door } from "./door.ts";
import { errorBody } from "./errors.ts";
import { compileRoutes } from "./routes.ts";
import { holdWait, type WaitingOptions } from "./wait.ts";

/** Source: https://cloud.google.com/compute/docs/api/how-tos/batch (a batch of at most 10 MB). */
const BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Source: https://cloud.google.com/load-balancing/docs/https#timeout-keepalive-backends (client keepalive, 610 s). */
const KEPT_OPEN_MS = 610_000;
const LOOPBACK = "127.0.0.1";
const JSON_TYPE = "application/json; charset=UTF-8";
const JWKS_PATH = "/oauth2/v3/certs";
/** Names by which programs on this machine call us: another one is a web page's that was rebound to this address. */
const OWN_HOSTS = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/;
/** Source: Google's own JWKS answer; clients cache keys for so long. */
const JWKS_MAX_AGE_S = 3600;

export interface WireOptions {
  readonly compute: ComputeService;
  readonly secrets: Service;
  readonly tasks: Service;
  readonly identity: Identity;
  /** What the real cloud has not; absent: neither has this one. */
  readonly control?: Control;
  /** Lets `operations.wait` wait; without it the call answers at once, as the real one sometimes does. */
  readonly waiting?: WaitingOptions;
  /** A free one when absent. */
  readonly port?: number;
  /** Called when a request has come in, before it is answered. */
  readonly onRequest?: () => void;
}
export interface Wire {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startWire(options: WireOptions): Promise<Wire> {
  const door = createDoor({
    routes: compileRoutes(loadApis()),
    compute: options.compute,
    ...(options.waiting === undefined ? {} : { hold: holdWait(options.waiting) }),
    services: new Map<string, Service>([
      [SECRET_MANAGER_NAMESPACE, options.secrets],
      [CLOUD_TASKS_NAMESPACE, options.tasks],
      [IAM_CREDENTIALS_NAMESPACE, iamCredentialsService(options.identity)],
    ]),
    callerOf: (token) => options.identity.emailOfAccessToken(token),
  });
  const server = createServer((request, response) => {
    options.onRequest?.();
    void answer(door, options, request, response);
  });
  // As Google's front ends: a client that uses a connection again must not find that it was just closed.
  server.keepAliveTimeout = KEPT_OPEN_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  door: Door,
  { identity, control }: Pick<WireOptions, "identity" | "control">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = request.url ?? "/";
    const body = await readBody(request);
    refuseWebPages(request);
    if (url.startsWith("/batch/")) {
      const batch = await answerBatch(door, request.headers["content-type"] ?? "", body);
      write(response, 200, batch.contentType, batch.body);
      return;
    }
    if (url.split("?")[0] === JWKS_PATH) {
      response.setHeader("Cache-Control", `public, max-age=${JWKS_MAX_AGE_S}`);
      writeJson(response, 200, (await identity.jwks()) as unknown as JsonObject);
      return;
    }
    if (control !== undefined && url.startsWith(CONTROL_PATH)) {
      writeJson(response, 200, answerControl(control, request.method ?? "GET", url, body));
      return;
    }
    const headers = { authorization: request.headers.authorization };
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const asked = { verb: request.method ?? "GET", url, headers, body, gone: gone.signal };
    const { status, body: json, lost } = await door(asked);
    if (lost === true) request.socket.destroy();
    else writeJson(response, status, json);
  } catch (error) {
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal(
            500,
            `The simulated cloud failed: ${error instanceof Error ? error.stack : String(error)}`,
          );
    writeJson(response, refusal.httpStatus, errorBody(refusal, "compute"));
  }
}

/**
 * Calls without a token are the owner's, and any page in a browser on this machine could make them: browsers name the
 * page (Origin, Sec-Fetch-Site), programs do not. @throws Refusal
 */
function refuseWebPages({ headers }: IncomingMessage): void {
  const fromPage = headers.origin !== undefined || !["none", undefined].includes(site(headers));
  if (!fromPage && OWN_HOSTS.test(headers.host ?? "")) return;
  throw new Refusal(403, "The simulated cloud answers programs on this machine, not web pages.");
}
function site(headers: IncomingMessage["headers"]): string | undefined {
  const value = headers["sec-fetch-site"];
  return Array.isArray(value) ? value[0] : value;
}

/** Reads to the end even what is too large: a connection that is cut instead takes the client's next request with it. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk as Buffer);
  }
  if (bytes > BODY_BYTES_MAX)
    throw new Refusal(413, `The request's body is larger than ${BODY_BYTES_MAX} bytes. Send less at a time.`);
  return Buffer.concat(chunks).toString("utf8");
}

function writeJson(response: ServerResponse, status: number, body: JsonObject): void {
  write(response, status, JSON_TYPE, `${JSON.stringify(body, null, 2)}\n`);
}
function write(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}
