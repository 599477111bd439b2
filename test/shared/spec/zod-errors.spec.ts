/** What the schema alone finds, said so that a person can act on it. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf, poolDocument } from "./cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  ["a document that is missing", undefined, ["(document): is missing; write a document"]],
  ["a document that is a list", [], ["(document): [] is not a group of fields; write its fields below it"]],
  [
    "a document that says nothing",
    {},
    [
      "name: is missing; add name: …",
      "engine: is missing; add engine: …",
      "project: is missing; add project: …",
      "region: is missing; add region: …",
      "nodePools: is missing; add nodePools: …",
    ],
  ],
  [
    "an unknown field with the one that was meant",
    clusterDocument({ regoin: "europe-west4" }),
    ['regoin: "europe-west4" is not a field; did you mean region?'],
  ],
  [
    "an unknown field with those that there are",
    poolDocument({ disk: { iops: 1000 } }),
    ["nodePools[0].disk.iops: 1000 is not a field; remove it, or use one of type, sizeGb"],
  ],
  [
    "an empty field",
    clusterDocument({ region: null }),
    ["region: null is empty; give it a value, or remove the line"],
  ],
  [
    "a number for a text",
    clusterDocument({ kubernetes: { version: 1.36 } }),
    ['kubernetes.version: 1.36 is not a text; put it in quotes: "1.36"'],
  ],
  [
    "a text for a number",
    poolDocument({ size: "3" }),
    [
      'nodePools[0].size: "3" is not a size; write a number of machines like 3, or { min: 3, max: 30 } for the autoscaler',
    ],
  ],
  [
    "a number in quotes",
    clusterDocument({ maintenance: { maxDisruptions: "2" } }),
    ['maintenance.maxDisruptions: "2" is not a number; write a number, without quotes'],
  ],
  [
    "a share for a number",
    clusterDocument({ maintenance: { maxDisruptions: "20%" } }),
    ['maintenance.maxDisruptions: "20%" is not a number; write a number, like 3'],
  ],
  [
    "a text for true or false",
    poolDocument({ spot: "yes" }),
    ['nodePools[0].spot: "yes" is not true or false; write true or false, without quotes'],
  ],
  [
    "a text for a list",
    clusterDocument({ zones: "europe-west4-a" }),
    ['zones: "europe-west4-a" is not a list; write a list: [ … ], or lines that begin with a hyphen'],
  ],
  [
    "a list for a section",
    clusterDocument({ network: [] }),
    ["network: [] is not a group of fields; write its fields below it"],
  ],
  [
    "a choice that is misspelt",
    clusterDocument({ network: { plugin: "cillium" } }),
    ['network.plugin: "cillium" is not one of the choices; did you mean cilium?'],
  ],
  [
    "a choice that there is not",
    clusterDocument({ network: { plugin: "flannel" } }),
    ['network.plugin: "flannel" is not one of the choices; use one of cilium, calico, alias-ip'],
  ],
  [
    "no pool",
    clusterDocument({ nodePools: [] }),
    ["nodePools: [] is empty; add a pool: - { name: general, size: 3 }"],
  ],
  [
    "no zone",
    clusterDocument({ zones: [] }),
    ["zones: [] is empty; list a zone, or leave it out for three of the region"],
  ],
  [
    "a zone that is listed twice",
    clusterDocument({ zones: ["europe-west4-a", "europe-west4-a"] }),
    ['zones[1]: "europe-west4-a" is listed twice; remove one of the two'],
  ],
];

describe("fields", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }
});
