import assert from "node:assert/strict";
import { openSqliteStore } from "../../../../shared/adapters/embedded/sqlite-store.ts";
import { createStorePublisher } from "../../../../shared/adapters/embedded/store-publisher.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { createVirtualClock } from "../../../../simulator/clock.ts";

describe("the publisher that keeps messages in the store", () => {
  it("keeps each by itself, byte for byte, with its attributes", async () => {
    const clock = createVirtualClock(1_000);
    const chance = createSeededChance(1);
    const store = openSqliteStore({ file: ":memory:", clock, chance });
    const publisher = createStorePublisher({ store, clock, chance }, "commands-dead");
    const data = new Uint8Array([0, 255, 10]);
    await publisher.publish({ data, attributes: { clusterwrightReason: "it is no JSON" } });
    await publisher.publish({ data, attributes: {} });
    const { documents } = await store.query({ collection: "topics/commands-dead/messages", limit: 10 });
    assert.deepEqual(
      documents
        .map(({ data: kept }) => kept)
        .toSorted(
          (one, other) =>
            Object.keys(other["attributes"] as object).length -
            Object.keys(one["attributes"] as object).length,
        ),
      [
        { atMs: 1_000, data: "AP8K", attributes: { clusterwrightReason: "it is no JSON" } },
        { atMs: 1_000, data: "AP8K", attributes: {} },
      ],
    );
    await store.close();
  });
});
