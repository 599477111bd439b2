/** Networks brought along fit the cluster's region and project. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "another project's network",
    clusterDocument({
      network: {
        nodes: "10.10.0.0/20",
        existing: {
          network: "projects/other-project/global/networks/main",
          subnetwork: "projects/other-project/regions/europe-west4/subnetworks/nodes",
        },
      },
    }),
    [
      'network.existing.network: "projects/other-project/global/networks/main" is of project other-project, whose networks this control plane may not use; use one of demo-project, or ask the operator to allow other-project as a host of shared networks',
      'network.existing.subnetwork: "projects/other-project/regions/europe-west4/subnetworks/no… is of project other-project, whose networks this control plane may not use; use one of demo-project, or ask the operator to allow other-project as a host of shared networks',
    ],
  ],
  [
    "a subnetwork of another region",
    clusterDocument({
      network: {
        nodes: "10.10.0.0/20",
        existing: { network: "main", subnetwork: "projects/demo-project/regions/us-east1/subnetworks/nodes" },
      },
    }),
    [
      'network.existing.subnetwork: "projects/demo-project/regions/us-east1/subnetworks/nodes" is in us-east1; use a subnetwork in europe-west4',
    ],
  ],
];

describe("existing networks", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept the project's own, and those of a host that the operator allows", () => {
    const own = { network: "main", subnetwork: "nodes" };
    const shared = {
      network: "projects/host-project/global/networks/main",
      subnetwork: "projects/host-project/regions/europe-west4/subnetworks/nodes",
    };
    const document = (existing: object) => clusterDocument({ network: { nodes: "10.10.0.0/20", existing } });
    assert.deepEqual(messagesOf(document(own)), []);
    const bareSubnetwork = { ...shared, subnetwork: "nodes" };
    assert.deepEqual(messagesOf(document(bareSubnetwork), { sharedNetworkProjects: ["host-project"] }), []);
    assert.deepEqual(messagesOf(document(shared), { sharedNetworkProjects: ["host-project"] }), []);
  });
  it("refuse a subnetwork of one project in a network of another", () => {
    const existing = {
      network: "main",
      subnetwork: "projects/host-project/regions/europe-west4/subnetworks/nodes",
    };
    const document = clusterDocument({ network: { nodes: "10.10.0.0/20", existing } });
    assert.deepEqual(messagesOf(document, { sharedNetworkProjects: ["host-project"] }), [
      'network.existing.subnetwork: "projects/host-project/regions/europe-west4/subnetworks/nod… is of project host-project, and the network of demo-project; use a subnetwork of the network',
    ]);
  });
});
