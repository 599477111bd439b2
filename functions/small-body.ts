/** Refuses bodies that are larger than any honest caller's, before they are read whole. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { fail } from "./answers.ts";

/** Names and a sentence; the largest honest one has about 700 bytes. */
const BODY_BYTES_MAX = 4_096;

export function smallBody(): MiddlewareHandler {
  return bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: (context) => fail(context, 413, `the body may have at most ${BODY_BYTES_MAX} bytes`),
  });
}
