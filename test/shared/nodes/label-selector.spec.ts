import assert from "node:assert/strict";
import { type LabelSelector, selects } from "../../../shared/nodes/label-selector.ts";

const LABELS = { app: "web", tier: "front" };
const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
});

const CASES: readonly (readonly [string, LabelSelector | undefined, boolean])[] = [
  ["an absent selector matches nothing", undefined, false],
  ["an empty one matches everything", {}, true],
  ["labels must all be equal", { matchLabels: { app: "web", tier: "front" } }, true],
  ["one other label is enough to miss", { matchLabels: { app: "web", tier: "back" } }, false],
  ["In", expression("app", "In", "web", "db"), true],
  ["In of others", expression("app", "In", "db"), false],
  ["NotIn", expression("app", "NotIn", "db"), true],
  ["NotIn of a label that is not there", expression("zone", "NotIn", "a"), true],
  ["NotIn of its own", expression("app", "NotIn", "web"), false],
  ["Exists", expression("app", "Exists"), true],
  ["Exists of none", expression("zone", "Exists"), false],
  ["DoesNotExist", expression("zone", "DoesNotExist"), true],
  ["DoesNotExist of one", expression("app", "DoesNotExist"), false],
  ["an operator that is not known counts as a match, to be careful", expression("app", "Near", "web"), true],
];

describe("a label selector", () => {
  for (const [what, selector, matches] of CASES)
    it(what, () => assert.equal(selects(selector, LABELS), matches));
});
