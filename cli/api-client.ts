/** The control plane's HTTP API, as the commands use it. */

import type { PublicStatus } from "../functions/api/public-status.ts";
import type { Explanation } from "../shared/explain/explain.ts";
import type { FieldError } from "../shared/spec/field-error.ts";
import type { EventRecord, OperationRecord } from "../shared/status/cluster-status.ts";
import type { DisruptionRecord } from "../shared/status/disruption.ts";
import { CommandError, Unreachable } from "./command-error.ts";
import type { ServerAddress } from "./server-address.ts";

export interface ClusterView {
  readonly id: string;
  readonly spec?: unknown;
  readonly version?: string;
  readonly deletion?: unknown;
  readonly status?: PublicStatus;
}
export interface Certificate {
  readonly server: string;
  readonly caCertificate: string;
  readonly certificate: string;
  readonly expires: string;
  /** The name in the server's certificate, when `server` says another. */
  readonly tlsServerName?: string;
}
/** What the control plane would do with a spec. */
export type DryRunVerdict = "accepted" | "unchanged";

export interface ApiClient {
  list(): Promise<readonly ClusterView[]>;
  /** @returns nothing when there is no such cluster */
  get(id: string): Promise<ClusterView | undefined>;
  put(id: string, spec: unknown): Promise<ClusterView>;
  /** Writes nothing. @throws ApiError with the fields when it would be refused */
  dryRun(id: string, spec: unknown): Promise<DryRunVerdict>;
  delete(id: string, uid?: string): Promise<ClusterView>;
  events(id: string, limit: number): Promise<readonly EventRecord[]>;
  operations(id: string, limit: number): Promise<readonly OperationRecord[]>;
  /** Nodes that are out of service now. */
  disruptions(id: string): Promise<readonly DisruptionRecord[]>;
  explain(id: string, what: "nodes" | "operations", name: string): Promise<Explanation>;
  certificate(id: string, request: string): Promise<Certificate>;
  /** @throws ApiError when it is refused */
  command(id: string, command: object): Promise<OperationRecord>;
  /** What a command would do, in sentences. Writes nothing. @throws ApiError when it would be refused */
  planCommand(id: string, command: object): Promise<readonly string[]>;
  operation(id: string, operation: string): Promise<OperationRecord>;
}

/** An answer that is not a success; the message is the server's. */
export class ApiError extends CommandError {
  readonly status: number;
  readonly fields: readonly FieldError[];
  constructor(status: number, message: string, fields: readonly FieldError[] = []) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

const TIMEOUT_MS = 30_000;

export function createApiClient(address: ServerAddress): ApiClient {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await send(address, method, path, body);
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer as T;
    const { error } = answer as { error?: { message?: string; fields?: readonly FieldError[] } };
    throw new ApiError(
      response.status,
      error?.message ?? `the server answered ${response.status}`,
      error?.fields,
    );
  };
  const at = (id: string): string => `/v1/clusters/${encodeURIComponent(id)}`;
  return {
    list: async () => {
      const found: ClusterView[] = [];
      for (let page: string | undefined = ""; page !== undefined; ) {
        const query: string = page === "" ? "" : `?page=${encodeURIComponent(page)}`;
        const answer: { clusters: ClusterView[]; nextPage?: string } = await call(
          "GET",
          `/v1/clusters${query}`,
        );
        found.push(...answer.clusters);
        page = answer.nextPage;
      }
      return found;
    },
    get: async (id) => {
      try {
        return await call<ClusterView>("GET", at(id));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    put: (id, spec) => call("PUT", at(id), { spec }),
    dryRun: async (id, spec) =>
      (await call<{ verdict: DryRunVerdict }>("PUT", `${at(id)}?dryRun=true`, { spec })).verdict,
    delete: (id, uid) =>
      call("DELETE", `${at(id)}${uid === undefined ? "" : `?uid=${encodeURIComponent(uid)}`}`),
    events: async (id, limit) =>
      (await call<{ events: readonly EventRecord[] }>("GET", `${at(id)}/events?limit=${limit}`)).events,
    operations: async (id, limit) =>
      (await call<{ operations: readonly OperationRecord[] }>("GET", `${at(id)}/operations?limit=${limit}`))
        .operations,
    disruptions: async (id) =>
      (await call<{ disruptions: readonly DisruptionRecord[] }>("GET", `${at(id)}/disruptions`)).disruptions,
    explain: (id, what, name) => call("GET", `${at(id)}/explain/${what}/${encodeURIComponent(name)}`),
    certificate: (id, request) => call("POST", `${at(id)}/certificate`, { request }),
    command: async (id, command) =>
      (await call<{ operation: OperationRecord }>("POST", `${at(id)}/commands`, command)).operation,
    planCommand: async (id, command) =>
      (await call<{ plan: readonly string[] }>("POST", `${at(id)}/commands`, { ...command, dryRun: true }))
        .plan,
    operation: async (id, operation) =>
      (
        await call<{ operation: OperationRecord }>(
          "GET",
          `${at(id)}/operations/${encodeURIComponent(operation)}`,
        )
      ).operation,
  };
}

async function send(
  { url, token }: ServerAddress,
  method: string,
  path: string,
  body: unknown,
): Promise<Response> {
  const init: RequestInit = {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  try {
    return await fetch(`${url}${path}`, init);
  } catch (error) {
    const remedy = "start one with `npm start` or `clusterwright serve`, or name another with --server";
    throw new Unreachable(`no control plane answers at ${url}; ${remedy}`, { cause: error });
  }
}
