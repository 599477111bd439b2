/** Fetches the keys with which Google signs tokens, without Node's own fetch: it loads a second HTTP client for one small file. */
import { once } from "node:events";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import type { FetchImplementation } from "jose";

export const fetchKeys: FetchImplementation = async (url, { headers, signal }) => {
  const ask = url.startsWith("https:") ? get : getPlain;
  const request = ask(url, { headers: Object.fromEntries(headers), signal });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return new Response(await text(answer), { status: answer.statusCode ?? 0 });
};
