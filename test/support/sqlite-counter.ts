/** A process that counts up in one document, beside others that do the same. */
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../../shared/adapters/embedded/real-clock.ts";
import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";

const [file = "", times = "0"] = process.argv.slice(2);
const store = openSqliteStore({ file, clock: createRealClock(), chance: createRealChance() });

for (let time = 0; time < Number(times); time++) {
  await store.transact(async (t) => {
    const count = (await t.get<{ count: number }>("shared/counter"))?.data.count ?? 0;
    t.set("shared/counter", { count: count + 1 });
  });
}
await store.close();
