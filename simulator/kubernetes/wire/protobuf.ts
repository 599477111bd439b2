/**
 * Request bodies in `application/vnd.kubernetes.protobuf`, which kubectl 1.32 and later send when they make things by
 * name. Read with the tables in messages.ts; a field that they do not have is refused, never dropped.
 */
import type { Dict } from "../objects/object.ts";
import { ApiError } from "../objects/status.ts";
import { type Field, fieldsOf } from "./messages.ts";

export const PROTOBUF = "application/vnd.kubernetes.protobuf";
// k8s.io/apimachinery/pkg/runtime/serializer/protobuf: every message begins with this.
const PREFIX = Buffer.from("k8s\0");
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

interface Raw {
  readonly number: number;
  readonly value: bigint | Buffer;
}

function refuse(why: string): ApiError {
  return new ApiError(415, "UnsupportedMediaType", `${why}; send application/json instead`, {});
}

function* rawFields(bytes: Buffer): Generator<Raw> {
  let at = 0;
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw refuse("the protobuf body ends too early");
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >> 3, tag & 7];
    if (wire === VARINT) yield { number, value: varint() };
    else {
      const length =
        wire === BYTES ? Number(varint()) : wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : undefined;
      if (length === undefined || at + length > bytes.length)
        throw refuse("the protobuf body is not well formed");
      yield { number, value: bytes.subarray(at, at + length) };
      at += length;
    }
  }
}

const text = (value: bigint | Buffer | undefined) => (Buffer.isBuffer(value) ? value.toString("utf8") : "");
/** Negative numbers are sent as 64-bit two's complement. */
const integer = (value: bigint | Buffer | undefined) =>
  typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0;
function byNumber(bytes: bigint | Buffer): ReadonlyMap<number, bigint | Buffer> {
  return new Map(
    Buffer.isBuffer(bytes) ? [...rawFields(bytes)].map(({ number, value }) => [number, value]) : [],
  );
}

function decoded(type: string, value: bigint | Buffer): unknown {
  switch (type) {
    case "string":
      return text(value);
    case "int":
      return integer(value);
    case "bool":
      return value === 1n;
    case "bytes":
      return Buffer.isBuffer(value) ? value.toString("base64") : "";
    case "Quantity":
      return text(byNumber(value).get(1));
    case "IntOrString": {
      const fields = byNumber(value);
      return integer(fields.get(1)) === 1 ? text(fields.get(3)) : integer(fields.get(2));
    }
    default:
      return Buffer.isBuffer(value) ? message(type, value) : undefined;
  }
}
/** Go sends what is empty too; JSON leaves it out. */
function isEmpty(value: unknown): boolean {
  return (
    value === "" ||
    value === undefined ||
    (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}

function take(into: Dict, { name, type, many }: Field, value: bigint | Buffer): void {
  if (many === "list") into[name] = [...((into[name] as unknown[] | undefined) ?? []), decoded(type, value)];
  else if (many === "map") {
    const entry = byNumber(value);
    const item = decoded(type, entry.get(2) ?? Buffer.alloc(0));
    into[name] = { ...(into[name] as Dict | undefined), [text(entry.get(1))]: item };
  } else {
    const read = decoded(type, value);
    if (!isEmpty(read)) into[name] = read;
  }
}
function message(type: string, bytes: Buffer): Dict {
  const fields = fieldsOf(type);
  if (fields === undefined) throw refuse(`${type} in protobuf is not modelled by the simulated cluster`);
  const read: Dict = {};
  for (const { number, value } of rawFields(bytes)) {
    const field = fields.get(number);
    const empty = value === 0n || (Buffer.isBuffer(value) && value.length === 0);
    if (field === undefined && !empty)
      throw refuse(`field ${number} of ${type} in protobuf is not modelled by the simulated cluster`);
    if (field !== undefined && field.type !== "ignored") take(read, field, value);
  }
  return read;
}

/** The object in a protobuf body. @throws ApiError 415 for kinds and fields that are not in the tables */
export function decodeProtobuf(bytes: Buffer): Dict {
  if (!bytes.subarray(0, PREFIX.length).equals(PREFIX)) throw refuse("the body is not Kubernetes protobuf");
  const unknown = byNumber(bytes.subarray(PREFIX.length));
  const typeMeta = byNumber(unknown.get(1) ?? Buffer.alloc(0));
  const kind = text(typeMeta.get(2));
  const raw = unknown.get(2);
  return {
    apiVersion: text(typeMeta.get(1)),
    kind,
    ...message(kind, Buffer.isBuffer(raw) ? raw : Buffer.alloc(0)),
  };
}
