/** Decoding what boot data is wrapped in: base64 and gzip, strictly, because a machine does not guess either. */
import { gunzipSync } from "node:zlib";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BASE64_GROUP = 4;
/** A gzip file starts with these. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** Metadata holds at most 256 KiB; what unpacks to more than this is a bomb. */
const UNPACKED_BYTES_MAX = 16 * 1024 * 1024;

/** Nothing when it is not base64. White space is skipped, as `base64 --decode` skips newlines. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const packed = text.replace(/\s/g, "");
  if (packed.length % BASE64_GROUP !== 0 || !BASE64.test(packed)) return undefined;
  return Buffer.from(packed, "base64");
}

export const isGzip = (bytes: Uint8Array): boolean =>
  bytes[0] === GZIP_MAGIC[0] && bytes[1] === GZIP_MAGIC[1];

/** Nothing when it is not gzip, damaged or unreasonably large. */
export function decodeGzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    return undefined;
  }
}

export const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
