import assert from "node:assert/strict";
import { asObjects } from "../../../simulator/compute/json.ts";
import { packedMetadata } from "../../../simulator/compute/packed-metadata.ts";

const lines = (own: string) =>
  ["#!/bin/bash", `echo ${own}`, "x".repeat(2_000), "é".repeat(600), ""].join("\n");
const metadata = (own: string) => ({
  items: [
    { key: "user-data", value: lines(own) },
    { key: "serial-port-logging-enable", value: "TRUE" },
  ],
});

describe("packed metadata", () => {
  it("reads as it was: its texts, its keys and their order", () => {
    const packed = packedMetadata(metadata("one"));
    assert.equal(JSON.stringify(packed), JSON.stringify(metadata("one")));
    const [item] = asObjects(packed["items"]);
    assert.deepEqual({ ...item }, metadata("one").items[0]);
    assert.deepEqual(Object.entries(item ?? {}), Object.entries(metadata("one").items[0] ?? {}));
  });

  it("is left alone when it is packed, or holds nothing long", () => {
    const packed = packedMetadata(metadata("two"));
    assert.equal(packedMetadata(packed), packed);
    const short = { items: [{ key: "a", value: "b" }] };
    assert.equal(packedMetadata(short), short);
  });
});
