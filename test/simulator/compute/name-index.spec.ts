import assert from "node:assert/strict";
import fc from "fast-check";
import { createNameIndex } from "../../../simulator/compute/name-index.ts";
import type { Row } from "../../../simulator/compute/row.ts";

const row = (name: string) => ({ name }) as Row;
const name = fc.stringMatching(/^[ab][ab-]{0,3}$/);

describe("the rows of a scope", () => {
  it("come in the order of their names, from a prefix and after a name", () => {
    const step = fc.record({ name, add: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.option(name, { nil: "" }),
        fc.option(name, { nil: "" }),
        (all, prefix, after) => {
          const index = createNameIndex();
          const model = new Map<string, Row>();
          for (const step of all) {
            const own = row(step.name);
            if (step.add) index.add(own);
            else index.delete(step.name);
            if (step.add) model.set(step.name, own);
            else model.delete(step.name);
            assert.equal(index.get(step.name), model.get(step.name));
          }
          const expected = [...model.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
          assert.deepEqual(
            [...index.from(prefix, after)].map((each) => each.name),
            expected,
          );
          assert.equal(index.size(), model.size);
        },
      ),
    );
  });
});
