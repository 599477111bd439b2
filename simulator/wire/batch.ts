/** Google's batch endpoint: several requests in one multipart/mixed body, answered part by part. */
import { STATUS_CODES } from "node:http";
import { Refusal } from "../refusal.ts";
import type { Door, WireAnswer, WireRequest } from "./door.ts";

/** Source: https://cloud.google.com/compute/docs/api/how-tos/batch. */
const BATCH_CALLS_MAX = 1000;
const CRLF = "\r\n";

export interface BatchAnswer {
  readonly contentType: string;
  readonly body: string;
}

/** Parts are performed one after another. @throws Refusal when the body is not a batch */
export async function answerBatch(door: Door, contentType: string, body: string): Promise<BatchAnswer> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined)
    throw new Refusal(400, "Failed to parse batch request, error: missing boundary.");
  const parts = splitParts(body, boundary);
  if (parts.length > BATCH_CALLS_MAX)
    throw new Refusal(400, `The batch has ${parts.length} calls, the limit is ${BATCH_CALLS_MAX}.`);
  const outBoundary = `batch_${boundary.replaceAll(/[^A-Za-z0-9]/g, "")}`;
  const written: string[] = [];
  for (const part of parts) {
    const { contentId, request } = parsePart(part);
    written.push(writePart(outBoundary, contentId, await door(request)));
  }
  return {
    contentType: `multipart/mixed; boundary=${outBoundary}`,
    body: `${written.join("")}--${outBoundary}--${CRLF}`,
  };
}

function splitParts(body: string, boundary: string): readonly string[] {
  const lines = body.replaceAll("\r\n", "\n");
  return lines
    .split(
      new RegExp(`(?:^|\\n)--${boundary.replaceAll(/[.*+?^$(){}|[\]\\]/g, String.raw`\$&`)}(?:--)?(?:\\n|$)`),
    )
    .slice(1)
    .filter((part) => part.trim() !== "");
}

function parsePart(part: string): { contentId: string | undefined; request: WireRequest } {
  const [outer, inner] = cut(part.replace(/^\n+/, ""), "\n\n");
  const [head, body] = cut(inner.replace(/^\n+/, ""), "\n\n");
  const [first, ...headerLines] = head.split("\n");
  const [verb, url] = (first ?? "").trim().split(/\s+/);
  if (verb === undefined || url === undefined)
    throw new Refusal(400, "Failed to parse batch request, error: a part has no request line.");
  const contentId = headersOf(outer.split("\n"))["content-id"];
  return {
    contentId,
    request: { verb, url: pathOf(url), headers: headersOf(headerLines), body: body.trim() },
  };
}

/** gcloud writes whole URLs into the request line. */
function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, "");
}

function headersOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name, value] = cut(line, ":");
    if (value !== "") headers[name.trim().toLowerCase()] = value.trim();
  }
  return headers;
}

function writePart(boundary: string, contentId: string | undefined, answer: WireAnswer): string {
  const json = JSON.stringify(answer.body);
  const id =
    contentId === undefined
      ? []
      : [`Content-ID: ${contentId.replace(/^<?/, "<response-").replace(/>?$/, ">")}`];
  return [
    `--${boundary}`,
    "Content-Type: application/http",
    ...id,
    "",
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}`,
    "Content-Type: application/json; charset=UTF-8",
    `Content-Length: ${Buffer.byteLength(json)}`,
    "",
    json,
    "",
  ].join(CRLF);
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
