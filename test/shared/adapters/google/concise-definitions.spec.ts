import assert from "node:assert/strict";
import {
  conciseMessage,
  fullMessage,
  type Message,
} from "../../../../shared/adapters/google/concise-definitions.ts";

const optional = { options: { proto3_optional: true } };
const MESSAGE: Message = {
  oneofs: { source: { oneof: ["image", "snapshot"] }, _name: { oneof: ["name"] } },
  fields: {
    name: { type: "string", id: 1, ...optional },
    image: { type: "string", id: 2 },
    snapshot: { type: "string", id: 3 },
    sizes: { type: "int64", rule: "repeated", id: 4 },
    tags: { type: "Tag", keyType: "string", id: 5 },
  },
  nested: {
    Tag: { fields: { key: { type: "string", id: 1 } } },
    Kind: { values: { ROUND: 0 } },
  },
};

describe("Concise definitions of messages", () => {
  it("say a field in one text: optional, repeated, a map, and keep choices between fields", () => {
    assert.deepEqual(conciseMessage(MESSAGE), {
      oneofs: { source: { oneof: ["image", "snapshot"] } },
      fields: {
        name: "string?",
        image: "string",
        snapshot: "string",
        sizes: "int64[]",
        tags: "[string]Tag",
      },
      nested: { Tag: { fields: { key: "string" } }, Kind: { values: { ROUND: 0 } } },
    });
  });

  it("become what they were again, but for the fields' numbers, which only the binary form knows", () => {
    const numbered = {
      ...MESSAGE,
      fields: Object.fromEntries(
        Object.entries(MESSAGE.fields).map(([name, field]) => [name, { ...field, id: field.id * 1_000 }]),
      ),
    };
    const { oneofs, fields, nested } = fullMessage(conciseMessage(numbered));
    assert.deepEqual(oneofs, MESSAGE.oneofs);
    assert.deepEqual(fields, MESSAGE.fields);
    assert.deepEqual(nested?.["Kind"], { values: { ROUND: 0 } });
    assert.deepEqual(nested?.["Tag"], { oneofs: {}, fields: { key: { type: "string", id: 1 } } });
  });
});
