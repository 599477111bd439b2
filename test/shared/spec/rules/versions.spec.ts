/** The Kubernetes version exists and is supported. */
import assert from "node:assert/strict";
import { clusterDocument, clusterSpec, messagesOf } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a version that is not known",
    clusterDocument({ kubernetes: { version: "1.99" } }),
    ['kubernetes.version: "1.99" is not a Kubernetes minor that is known; use "1.35", "1.36" or "1.37"'],
  ],
  [
    "a patch that is not known",
    clusterDocument({ kubernetes: { version: "1.36.99" } }),
    ['kubernetes.version: "1.36.99" is not a patch that is known; use "1.36.4", the newest of 1.36'],
  ],
  [
    "a patch of a minor that is not known",
    clusterDocument({ kubernetes: { version: "1.20.3" } }),
    ['kubernetes.version: "1.20.3" is of no Kubernetes minor that is known; use "1.35", "1.36" or "1.37"'],
  ],
  [
    "a version past support",
    clusterDocument({ kubernetes: { version: "1.34" } }),
    ['kubernetes.version: "1.34" is out of support since 2026-10-27; use "1.35", "1.36" or "1.37"'],
  ],
  [
    "a patch past support",
    clusterDocument({ kubernetes: { version: "1.34.2" } }),
    ['kubernetes.version: "1.34.2" is out of support since 2026-10-27; use "1.35", "1.36" or "1.37"'],
  ],
  [
    "a range that nothing matches",
    clusterDocument({ kubernetes: { version: ">=1.38" } }),
    ['kubernetes.version: ">=1.38" matches no Kubernetes version; use "1.35", "1.36" or "1.37"'],
  ],
  [
    "a range that matches what is past support alone",
    clusterDocument({ kubernetes: { version: "<1.35" } }),
    [
      'kubernetes.version: "<1.35" matches no version in support (the newest it matches is 1.34.11); use "1.35", "1.36" or "1.37"',
    ],
  ],
  [
    "a range that is none",
    clusterDocument({ kubernetes: { version: "1.36 <<" } }),
    [
      'kubernetes.version: "1.36 <<" is not a version; write a minor ("1.36"), a patch ("1.36.4") or a range (">=1.35.4 <1.37")',
    ],
  ],
  [
    "a version with a v",
    clusterDocument({ kubernetes: { version: "v1.36" } }),
    [
      'kubernetes.version: "v1.36" is not a version; write a minor ("1.36"), an exact patch ("1.36.4") or a range (">=1.35.4 <1.37"), in quotes',
    ],
  ],
];

describe("versions", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept a minor, a patch and a range", () => {
    for (const version of ["1.35", "1.36.2", ">=1.35.4 <1.37", "~1.36.1", "1.35.x"]) {
      assert.deepEqual(messagesOf(clusterDocument({ kubernetes: { version } })), [], version);
    }
  });
  it("accept a version past support for the cluster that has it, and for no other", () => {
    const past = Date.parse("2027-08-01");
    const document = clusterDocument({ kubernetes: { version: "1.36" } });
    assert.deepEqual(messagesOf(document, { nowMs: past, before: clusterSpec() }), []);
    assert.deepEqual(messagesOf(document, { nowMs: past }), [
      'kubernetes.version: "1.36" is out of support since 2027-06-28; use "1.37"',
    ]);
  });
});
