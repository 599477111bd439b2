/** A server of JSON on a loopback port, for tests that keep an API's rules themselves. */
import { createServer, type IncomingMessage } from "node:http";
import { PassThroughClient } from "google-auth-library";

export interface FakeRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}
export interface FakeServer {
  /** What makes Google's clients use it. */
  readonly clientOptions: {
    readonly apiEndpoint: string;
    readonly port: number;
    readonly protocol: string;
    readonly authClient: PassThroughClient;
  };
  close(): Promise<void>;
}

/** An error as Google's APIs answer it. */
export function refusal(status: number, name: string, message: string): FakeAnswer {
  return { status, body: { error: { code: status, status: name, message } } };
}

export function startFakeServer(
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>,
): Promise<FakeServer> {
  process.env["METADATA_SERVER_DETECTION"] ??= "none";
  const server = createServer(async (incoming, response) => {
    const { status, body } = await answer(await toRequest(incoming));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({
        clientOptions: {
          apiEndpoint: "127.0.0.1",
          port,
          protocol: "http",
          authClient: new PassThroughClient(),
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function toRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
  const parsed: unknown = text === "" ? {} : JSON.parse(text);
  const body = typeof parsed === "object" && parsed !== null ? (parsed as FakeRequest["body"]) : {};
  return {
    method: incoming.method ?? "",
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    body,
  };
}
