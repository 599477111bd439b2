/** Durations that something else counts in whole units, and names that differ. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "backups that no snapshot schedule can take",
    clusterDocument({ controlPlane: { etcd: { backup: { every: "90m" } } } }),
    ['controlPlane.etcd.backup.every: "90m" is not a whole number of its unit; write whole hours, like 6h'],
  ],
  [
    "logs kept for half a day",
    clusterDocument({ logging: { retention: "36h" } }),
    ['logging.retention: "36h" is not a whole number of its unit; write whole days, like 30d'],
  ],
  [
    "two exclusions of logs of one name",
    clusterDocument({
      logging: {
        exclude: [
          { name: "noise", filter: "a" },
          { name: "noise", filter: "b" },
        ],
      },
    }),
    ['logging.exclude[1].name: "noise" is the name of number 0 already; give each a name of its own'],
  ],
  [
    "two checks of one name",
    clusterDocument({
      health: {
        checks: [
          { name: "web", service: { namespace: "shop", name: "web", port: 80 } },
          { name: "web", service: { namespace: "shop", name: "api", port: 80 } },
        ],
      },
    }),
    ['health.checks[1].name: "web" is the name of number 0 already; give each a name of its own'],
  ],
];

describe("durations and names", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }
});
