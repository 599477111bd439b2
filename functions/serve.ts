/** A request as the functions framework gives it, answered by an app of Hono's. */
import type {
  Request as FrameworkRequest,
  Response as FrameworkResponse,
} from "@google-cloud/functions-framework";

type Fetch = (request: Request) => Response | Promise<Response>;

export async function serve(
  fetch: Fetch,
  incoming: FrameworkRequest,
  outgoing: FrameworkResponse,
): Promise<void> {
  const answer = await fetch(requestOf(incoming));
  outgoing.status(answer.status);
  for (const [name, value] of answer.headers) outgoing.append(name, value);
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
}

/** The framework has read the body whole. */
function requestOf({ method, originalUrl, headers: given, rawBody }: FrameworkRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given))
    for (const one of [value ?? []].flat()) headers.append(name, one);
  const hasBody = rawBody !== undefined && method !== "GET" && method !== "HEAD";
  if (hasBody) {
    headers.delete("transfer-encoding");
    headers.set("content-length", String(rawBody.length));
  }
  const url = new URL(originalUrl, `http://${given.host ?? "localhost"}`);
  return new Request(url.href, { method, headers, ...(hasBody ? { body: new Uint8Array(rawBody) } : {}) });
}
