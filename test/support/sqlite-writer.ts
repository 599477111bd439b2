/** A process that writes documents and says on stdout which it has been told are written; made to be killed. */

import { writeSync } from "node:fs";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { createRealClock } from "../../shared/adapters/embedded/real-clock.ts";
import { openSqliteStore } from "../../shared/adapters/embedded/sqlite-store.ts";

const STDOUT = 1;
const [file = "", start = "0"] = process.argv.slice(2);
const store = openSqliteStore({ file, clock: createRealClock(), chance: createRealChance() });

for (let round = Number(start); ; round++) {
  await store.transact(async (t) => {
    await t.get(`left/${round}`);
    // Two documents of one transaction, one of them over many pages of the file: both or neither may be there.
    t.create(`left/${round}`, { round, filler: String(round % 10).repeat(20_000) });
    t.create(`right/${round}`, { round });
    t.set("last/one", { round });
    if (round % 3 === 2) t.delete(`left/${round - 2}`);
  });
  writeSync(STDOUT, `${round}\n`);
}
