/** Every reason that is not plainly fine has a runbook, and runbooks say what the code does. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ANSWERS } from "../../../shared/engine/backoff.ts";
import { IMAGE_MISSING_MS } from "../../../shared/engine/pin-images.ts";
import { OPERATION_ALARM_MS } from "../../../shared/engine/work.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS } from "../../../shared/nodes/brake.ts";
import { RESTARTS_MAX } from "../../../shared/nodes/gates.ts";
import { HOST_RESTART_MS, START_UP_MS } from "../../../shared/nodes/health.ts";
import { RESTART_TAKES_MS, RESTARTS_A_DAY_MAX } from "../../../shared/nodes/ladder.ts";
import { SLOT_REMEMBERS_MS } from "../../../shared/nodes/slot.ts";
import { COOL_DOWN_MS, GRADUAL_MS } from "../../../shared/nodes/storm.ts";
import { NODE_MS } from "../../../shared/nodes/windows.ts";
import { CLOUD_ERROR_CODES } from "../../../shared/ports/cloud-error.ts";
import { REASONS, reasonOfError, runbookOf } from "../../../shared/status/reasons.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const FOLDER = join(ROOT, "docs", "runbooks");
const page = (reason: string): string => readFileSync(join(FOLDER, `${reason}.md`), "utf8");
const pages = readdirSync(FOLDER)
  .filter((name) => name !== "README.md")
  .map((name) => name.replace(/\.md$/, ""));

function span(ms: number): string {
  return ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}
function minutes(ms: number): string {
  return `${ms / 60_000} minutes`;
}

describe("reasons of conditions", () => {
  it("have a runbook each, unless all is fine, and no runbook is of no reason", () => {
    const wanted = Object.keys(REASONS).filter((reason) => runbookOf(reason) !== undefined);
    assert.deepEqual(pages.toSorted(), wanted.toSorted());
  });

  it("come from each kind of cloud error, and from one of another version as unexpected", () => {
    for (const code of CLOUD_ERROR_CODES) assert.ok(reasonOfError(code) in REASONS, code);
    assert.equal(reasonOfError("quota-exceeded"), "QuotaExceeded");
    assert.equal(reasonOfError("of-a-later-version"), "Unexpected");
    assert.equal(reasonOfError("constructor"), "Unexpected");
  });

  it("of another version have no runbook, and are no trouble", () => {
    for (const reason of ["OfALaterVersion", "", "constructor", "../../README"])
      assert.equal(runbookOf(reason), undefined);
  });
});

describe("a runbook", () => {
  for (const reason of pages) {
    it(`of ${reason} has its name, what one can do and how to see that it is over`, () => {
      const text = page(reason);
      assert.ok(text.startsWith(`# ${reason}\n\n`));
      assert.match(text, /^\*\*You can\*\*/m);
      assert.match(text, /^\*\*It is over\*\*/m);
      assert.ok(text.length < 3_000, `${text.length} characters`);
    });
  }

  it("is named in the list", () => {
    const list = readFileSync(join(FOLDER, "README.md"), "utf8");
    for (const reason of pages) assert.ok(list.includes(`(${reason}.md)`), reason);
  });

  it("links to pages that exist", () => {
    for (const name of ["README", ...pages])
      for (const [, target = ""] of page(name).matchAll(/\]\(([^)#]+)[^)]*\)/g))
        if (!target.startsWith("http")) assert.ok(existsSync(join(FOLDER, target)), `${name}: ${target}`);
  });

  it("of a cloud error says how soon it is tried again", () => {
    for (const code of CLOUD_ERROR_CODES) {
      const { firstMs, maxMs, needsPerson } = ANSWERS[code];
      const text = page(reasonOfError(code));
      assert.ok(text.includes(`tried again within ${span(firstMs)}, `), code);
      assert.ok(text.includes(`within ${span(maxMs)} at the latest`), code);
      assert.equal(text.includes("the phase is `Blocked`"), needsPerson, code);
    }
  });

  it("quotes the bounds that the code has", () => {
    const quoted: readonly (readonly [reason: string, text: string])[] = [
      ["Working", `more than ${minutes(OPERATION_ALARM_MS)}`],
      ["Halted", `restarted ${RESTARTS_MAX} times`],
      ["OutsideWindow", `less than ${minutes(NODE_MS)} left`],
      ["Excluded", `within the ${minutes(NODE_MS)}`],
      ["Repairing", `A restart gets ${minutes(RESTART_TAKES_MS)}`],
      ["Repairing", `After ${RESTARTS_A_DAY_MAX} restarts within ${SLOT_REMEMBERS_MS / 3_600_000} hours`],
      ["Watching", `${minutes(HOST_RESTART_MS)} after its host failed`],
      ["Watching", `${minutes(START_UP_MS)} for a machine that never joined`],
      ["NotFound", `missing for ${minutes(IMAGE_MISSING_MS)}`],
      ["CoolingDown", `repaired for ${minutes(COOL_DOWN_MS)}`],
      ["CoolingDown", `one at a time for ${minutes(GRADUAL_MS)}`],
      ["TooManyUnhealthy", `one repair at a time for ${minutes(GRADUAL_MS)}`],
      ["RetryLater", `${minutes(RETRY_FIRST_MS)}, then twice`],
      ["RetryLater", `${RETRY_MAX_MS / 3_600_000} hours at the most`],
    ];
    for (const [reason, text] of quoted) assert.ok(page(reason).includes(text), `${reason}: ${text}`);
  });
});
