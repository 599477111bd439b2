/** Regions and zones exist and belong together. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf, poolDocument } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a region that is misspelt",
    clusterDocument({ region: "europe-wset4" }),
    ['region: "europe-wset4" is not a region of Google Cloud that is known; did you mean europe-west4?'],
  ],
  [
    "a region that there is not",
    clusterDocument({ region: "mars-north1" }),
    [
      'region: "mars-north1" is not a region of Google Cloud that is known; use a region of https://cloud.google.com/compute/docs/regions-zones',
    ],
  ],
  [
    "a zone outside of the region",
    clusterDocument({ zones: ["us-east1-b"] }),
    [
      'zones[0]: "us-east1-b" is not a zone of europe-west4; use europe-west4-a, europe-west4-b, europe-west4-c',
    ],
  ],
  [
    "a pool's zone that the region does not have",
    poolDocument({ zones: ["europe-west4-a", "europe-west4-d"] }),
    [
      'nodePools[0].zones[1]: "europe-west4-d" is not a zone of europe-west4; use europe-west4-a, europe-west4-b, europe-west4-c',
    ],
  ],
];

describe("places", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept zones beyond the default ones", () => {
    assert.deepEqual(messagesOf(clusterDocument({ region: "us-central1", zones: ["us-central1-f"] })), []);
  });
});
