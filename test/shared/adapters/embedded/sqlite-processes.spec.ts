import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createRealClock } from "../../../../shared/adapters/embedded/real-clock.ts";
import { openSqliteDatabase } from "../../../../shared/adapters/embedded/sqlite-database.ts";
import { openSqliteStore } from "../../../../shared/adapters/embedded/sqlite-store.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { until } from "../../../support/until.ts";

const COUNTER = join(import.meta.dirname, "../../../support/sqlite-counter.ts");
const PROCESSES = 3;
const TIMES = 30;
/** A process that writes for longer than a statement waits for others. */
const SLOW_WRITER = `
  const database = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
  database.exec("BEGIN IMMEDIATE");
  require("node:fs").writeSync(1, "writing");
  setTimeout(() => database.exec("COMMIT"), 500);
`;

describe("SQLite between processes", () => {
  const folder = temporaryFolders();

  it(`loses no update of ${PROCESSES} processes that open and change one file at once, and its watcher sees them`, async function () {
    this.timeout(60_000);
    const file = join(folder(), "documents.sqlite");
    const counters = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, [COUNTER, file, String(TIMES)], { stdio: "inherit" }),
    );
    const codes = await Promise.all(counters.map(async (counter) => (await once(counter, "close"))[0]));
    assert.deepEqual(codes, Array(PROCESSES).fill(0));
    const store = openSqliteStore({ file, clock: createRealClock(), chance: createSeededChance(41) });
    assert.deepEqual((await store.get("shared/counter"))?.data, { count: PROCESSES * TIMES });

    let calls = 0;
    const stop = store.watch("shared/counter", () => calls++);
    await until(() => calls === 1, "the first call");
    const [code] = await once(spawn(process.execPath, [COUNTER, file, "1"], { stdio: "inherit" }), "close");
    assert.equal(code, 0);
    await until(() => calls === 2, "a call for the other process's write");
    stop();
    await store.close();
  });

  it("waits longer for another one when it opens the file than when it writes to it", async function () {
    this.timeout(60_000);
    const file = join(folder(), "documents.sqlite");
    openSqliteDatabase({ file }).close();
    const writer = spawn(process.execPath, ["-e", SLOW_WRITER, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(writer, "close");
    await once(writer.stdout, "data");
    const opened = openSqliteDatabase({ file });
    assert.deepEqual({ ...opened.prepare("PRAGMA busy_timeout").get() }, { timeout: 200 });
    opened.close();
    assert.deepEqual(await ended, [0, null]);
  });
});
