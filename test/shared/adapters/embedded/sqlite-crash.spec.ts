import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createRealClock } from "../../../../shared/adapters/embedded/real-clock.ts";
import { openSqliteDatabase } from "../../../../shared/adapters/embedded/sqlite-database.ts";
import { openSqliteStore } from "../../../../shared/adapters/embedded/sqlite-store.ts";
import type { Store } from "../../../../shared/ports/store.ts";
import { createSeededChance } from "../../../../simulator/chance.ts";
import { temporaryFolders } from "../../../support/folder.ts";

const KILLS = 20;
const SEED = 41;
const WRITER = join(import.meta.dirname, "../../../support/sqlite-writer.ts");

describe("SQLite under kill -9", () => {
  const folder = temporaryFolders();

  it(`loses nothing acknowledged and leaves nothing half done, ${KILLS} kills, seed ${SEED}`, async function () {
    this.timeout(60_000);
    const file = join(folder(), "documents.sqlite");
    const chance = createSeededChance(SEED);
    const parts = { file, clock: createRealClock(), chance };
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await writeAndKill({
        file,
        start: next,
        afterLines: 1 + Math.floor(chance.fraction() * 8),
        delayMs: chance.fraction() * 6,
      });
      const store = openSqliteStore(parts);
      next = await checkDocuments(store, acknowledged);
      await store.close();
    }
    const database = openSqliteDatabase({ file });
    assert.equal(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
    database.close();
  });
});

/** Answers the last round that the writer acknowledged before it was killed. */
async function writeAndKill(options: {
  readonly file: string;
  readonly start: number;
  /** Killed a moment after this many acknowledgements. */
  readonly afterLines: number;
  readonly delayMs: number;
}): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, options.file, String(options.start)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: "" },
  });
  let output = "";
  let doomed = false;
  writer.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (doomed || output.split("\n").length <= options.afterLines) return;
    doomed = true;
    setTimeout(() => writer.kill("SIGKILL"), options.delayMs);
  });
  await ended(writer);
  // A last line without its end was not acknowledged whole.
  return Number(output.split("\n").at(-2));
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_code, signal) =>
      signal === "SIGKILL" ? resolve() : reject(new Error("the writer ended by itself")),
    );
  });
}

/** Every round up to the last is there whole, the acknowledged ones among them. Answers the round to go on with. */
async function checkDocuments(store: Store, acknowledged: number): Promise<number> {
  const last = (await store.get<{ round: number }>("last/one"))?.data.round ?? -1;
  assert.ok(last >= acknowledged, `${acknowledged} was acknowledged, ${last} is the last there`);
  assert.ok(last <= acknowledged + 1, "at most one write was under way");
  for (let round = Math.max(0, last - 10); round <= last + 1; round++) {
    const left = await store.get(`left/${round}`);
    const right = await store.get(`right/${round}`);
    const deleted = round % 3 === 0 && round + 2 <= last;
    assert.deepEqual(right?.data, round <= last ? { round } : undefined, `right/${round}`);
    const filler = String(round % 10).repeat(20_000);
    assert.deepEqual(left?.data, round <= last && !deleted ? { round, filler } : undefined, `left/${round}`);
  }
  return last + 1;
}
