import assert from "node:assert/strict";
import fc from "fast-check";
import { ApiError } from "../../../simulator/kubernetes/objects/status.ts";
import { decodeProtobuf } from "../../../simulator/kubernetes/wire/protobuf.ts";

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
const bytes = (number: number, content: readonly number[] | string) => {
  const body = [...Buffer.from(content as string)];
  return [...varint((number << 3) | 2), ...varint(body.length), ...body];
};
const int = (number: number, value: number) => [...varint(number << 3), ...varint(value)];
function envelope(apiVersion: string, kind: string, raw: readonly number[]): Buffer {
  const meta = [...bytes(1, apiVersion), ...bytes(2, kind)];
  return Buffer.from([...Buffer.from("k8s\0"), ...bytes(1, meta), ...bytes(2, raw)]);
}

describe("A protobuf body", () => {
  it("is read as the JSON that it stands for, without what is empty", () => {
    const labels = bytes(11, [...bytes(1, "app"), ...bytes(2, "web")]);
    const metadata = bytes(1, [...bytes(1, "one"), ...bytes(3, ""), ...labels]);
    const data = bytes(2, [...bytes(1, "key"), ...bytes(2, "value")]);
    assert.deepEqual(
      decodeProtobuf(envelope("v1", "Secret", [...metadata, ...data, ...bytes(3, "Opaque")])),
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "one", labels: { app: "web" } },
        data: { key: Buffer.from("value").toString("base64") },
        type: "Opaque",
      },
    );
  });

  it("reads IntOrString as either", () => {
    const spec = [...bytes(1, [...int(1, 1), ...bytes(3, "50%")]), ...bytes(3, [...int(1, 0), ...int(2, 2)])];
    const read = decodeProtobuf(envelope("policy/v1", "PodDisruptionBudget", bytes(2, spec)));
    assert.deepEqual(read["spec"], { minAvailable: "50%", maxUnavailable: 2 });
  });

  it("is refused when it holds a kind or a field that is not known, never half read", () => {
    assert.throws(() => decodeProtobuf(envelope("v1", "Binding", [])), /Binding in protobuf is not modelled/);
    assert.throws(() => decodeProtobuf(envelope("v1", "ConfigMap", bytes(99, "x"))), /field 99 of ConfigMap/);
  });

  it("never fails otherwise than by refusing, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        try {
          decodeProtobuf(envelope("v1", "Secret", [...noise]));
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
        }
      }),
    );
  });
});
