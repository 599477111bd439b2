/** What the status says of a document: generations, refusals told once, deletions. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  admit,
  confirmSpec,
  newStatus,
  refuseDeletion,
  refuseSpec,
  startDeleting,
} from "../../../shared/engine/admit.ts";
import type { Work } from "../../../shared/engine/work.ts";
import { fieldError } from "../../../shared/spec/field-error.ts";
import { clusterStatusSchema } from "../../../shared/status/cluster-status.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { quickstartSpec, TEST_NOW_MS } from "../../support/specs.ts";

const FRESH: Work = { status: newStatus(createSeededChance(1)), lines: [] };
const SPEC = quickstartSpec();
const withVersion = (version: string) => ({ ...SPEC, kubernetes: { ...SPEC.kubernetes, version } });
const take = (work: Work, spec = SPEC): Work => admit(work, { spec, specHash: "h" }, TEST_NOW_MS);
const condition = ({ status }: Work) => status.conditions.find(({ type }) => type === "SpecAccepted");
const wrong = (count: number) =>
  Array.from({ length: count }, (_, index) => fieldError(["nodePools", index], index, "is wrong", "mend it"));

describe("engine/admit", () => {
  it("gives every cluster a uid that fits names, whatever chance says (S1)", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => assert.match(newStatus(createSeededChance(seed)).uid, /^[a-z0-9]{6}$/)),
    );
  });

  it("counts generations up (S8), and does not call a new one Ready", () => {
    const ready: Work = { ...FRESH, status: { ...take(FRESH).status, phase: "Ready", readyGeneration: 1 } };
    const next = take(ready);
    assert.deepEqual([next.status.generation, next.status.phase], [2, "Updating"]);
    assert.equal(next.status.unsettledSinceMs, TEST_NOW_MS);
  });

  it("pins the version that a wish means for a new cluster; an upgrade moves it later, step by step (S9)", () => {
    const first = take(FRESH, withVersion("1.36.2"));
    assert.equal(first.status.pins.kubernetesVersion, "1.36.2");
    assert.equal(take(first, withVersion("1.36")).status.pins.kubernetesVersion, "1.36.2");
    const higher = take(first, withVersion("1.37"));
    assert.equal(higher.status.pins.kubernetesVersion, "1.36.2");
    assert.match(higher.lines.at(-1)?.message ?? "", /Kubernetes 1\.36\.2, to become 1\.37\.1$/);
    assert.equal(take(FRESH, withVersion(">=1.35.4 <1.37")).status.pins.kubernetesVersion, "1.36.4");
  });

  it("tells a refusal once, ten errors at most, and that the accepted spec stays", () => {
    const refused = refuseSpec(take(FRESH), { reason: "SpecInvalid", errors: wrong(12) }, 0);
    assert.match(
      condition(refused)?.message ?? "",
      /^nodePools\[0\]: 0 is wrong; mend it\. .* And 2 more\. The last accepted/,
    );
    assert.equal(refused.lines.length, 2);
    assert.equal(refuseSpec(refused, { reason: "SpecInvalid", errors: wrong(12) }, 1).lines.length, 2);
    assert.equal(refuseSpec(refused, { reason: "SpecInvalid", errors: wrong(1) }, 1).lines.length, 3);
  });

  it("is Blocked by a first spec that is refused, and mended by one that is not", () => {
    const refused = refuseSpec(FRESH, { reason: "SpecInvalid", errors: wrong(1) }, 0);
    assert.equal(refused.status.phase, "Blocked");
    const mended = confirmSpec(take(refused), 1);
    assert.deepEqual([condition(mended)?.status, condition(mended)?.observedGeneration], ["True", 1]);
  });

  it("begins to delete once", () => {
    const going = startDeleting(take(FRESH), 5);
    assert.deepEqual([going.status.phase, going.status.deleting], ["Deleting", true]);
    assert.equal(startDeleting(going, 6), going);
  });

  it("leaves a status that its schema takes, whatever was refused", () => {
    const wish = { wish: "refused", reason: "DeletionProtected", message: "set it to false" } as const;
    for (const work of [take(FRESH), refuseDeletion(take(FRESH), wish, 0), startDeleting(take(FRESH), 0)])
      assert.deepEqual(clusterStatusSchema.safeParse(work.status).error, undefined);
  });
});
