/** Words, widths and colors of what people read. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { wantsColor } from "../../../cli/show/color.ts";
import { nextSteps } from "../../../cli/show/next-steps.ts";
import { age, clipped, span, wrap } from "../../../cli/show/text.ts";
import { ago, NOW_MS } from "../../support/shown-cluster.ts";

describe("Words and widths", () => {
  it("say how long something took as a person would", () => {
    assert.deepEqual(
      [0, 14_400, 60_000, 185_000, 7_200_000, 7_440_000, 169_200_000, 172_800_000, 482_900_000].map(span),
      ["0 s", "14 s", "1 min", "3 min 5 s", "2 h", "2 h 4 min", "47 h", "2 d", "5 d 14 h"],
    );
    assert.deepEqual(
      [90, 600, 9_000, 400_000].map((seconds) => age(ago(seconds), NOW_MS)),
      ["90s", "10m", "2h", "4d"],
    );
  });

  it("break lines between words and lose none of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 40 }),
        fc.integer({ min: 40, max: 120 }),
        (words, width) => {
          const lines = wrap(words.join(" "), width);
          assert.equal(lines.join(" "), words.join(" "));
          assert(lines.every((text) => text.length <= width));
        },
      ),
    );
    assert.deepEqual(clipped(["a", "b;", "c"], 2), ["a", "b …"]);
  });

  it("use colors on a terminal alone, and never under NO_COLOR", () => {
    assert.equal(wantsColor({}, true), true);
    assert.equal(wantsColor({}, false), false);
    assert.equal(wantsColor({ NO_COLOR: "1", FORCE_COLOR: "1" }, true), false);
    assert.equal(wantsColor({ TERM: "dumb" }, true), false);
    assert.equal(wantsColor({ FORCE_COLOR: "1" }, false), true);
  });

  it("name the first cluster's own rule among the next steps, in lines of 80 columns", () => {
    const steps = stripVTControlCharacters(nextSteps("quickstart", "ab12cd", "examples/quickstart.yaml"));
    assert.match(steps, /firewall-rules delete quickstart-ab12cd-ssh --quiet/);
    assert(steps.split("\n").every((text) => text.length <= 80));
  });
});
