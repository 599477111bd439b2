/** The Publisher port where there is no Pub/Sub: messages are kept as documents, one each, until somebody looks at them. */
import type { Chance } from "../../ports/chance.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Publisher } from "../../ports/publisher.ts";
import type { Store } from "../../ports/store.ts";

const ID_BYTES = 8;

/** @param topic the last part of the collection's name: `topics/{topic}/messages` */
export function createStorePublisher(
  { store, clock, chance }: { readonly store: Store; readonly clock: Clock; readonly chance: Chance },
  topic: string,
): Publisher {
  return {
    publish: async ({ data, attributes }) => {
      const nowMs = clock.nowMs();
      const id = `${nowMs}-${Buffer.from(chance.bytes(ID_BYTES)).toString("hex")}`;
      await store.transact(async (transaction) =>
        transaction.create(`topics/${topic}/messages/${id}`, {
          atMs: nowMs,
          data: Buffer.from(data).toString("base64"),
          attributes: { ...attributes },
        }),
      );
    },
  };
}
