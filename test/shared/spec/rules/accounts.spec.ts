/** Machines run as accounts of the cluster's own project. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf, poolDocument } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "another project's account",
    clusterDocument({ controlPlane: { serviceAccount: "nodes-sa@other-project.iam.gserviceaccount.com" } }),
    [
      'controlPlane.serviceAccount: "nodes-sa@other-project.iam.gserviceaccount.com" is an account of another project (other-project); use nodes-sa@demo-project.iam.gserviceaccount.com, or another account of demo-project',
    ],
  ],
  [
    "another project's account",
    poolDocument({ serviceAccount: "nodes-sa@other-project.iam.gserviceaccount.com" }),
    [
      'nodePools[0].serviceAccount: "nodes-sa@other-project.iam.gserviceaccount.com" is an account of another project (other-project); use nodes-sa@demo-project.iam.gserviceaccount.com, or another account of demo-project',
    ],
  ],
];

describe("service accounts", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept an account of the cluster's project", () => {
    const serviceAccount = "nodes-sa@demo-project.iam.gserviceaccount.com";
    assert.deepEqual(messagesOf(poolDocument({ serviceAccount })), []);
  });
});
