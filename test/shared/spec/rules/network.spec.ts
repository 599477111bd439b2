/** Networks brought along fit the cluster's region and project. */
import assert from "node:assert/strict";
import { validateCluster } from "../../../../shared/spec/validate.ts";
import { clusterDocument, messagesOf, NOW_MS } from "../cluster-documents.ts";

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
      'network.existing.network: "projects/other-project/global/networks/main" is of project other-project, whose networks this control plane may not use; use one of demo-project, or have the operator add other-project to CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS (terraform: shared_network_projects; serve: --shared-network-projects)',
      'network.existing.subnetwork: "projects/other-project/regions/europe-west4/subnetworks/no… is of project other-project, whose networks this control plane may not use; use one of demo-project, or have the operator add other-project to CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS (terraform: shared_network_projects; serve: --shared-network-projects)',
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
  it("refuse a host that is not among those that are allowed, and accept any where nobody knows yet", () => {
    const existing = { network: "projects/host-project/global/networks/main", subnetwork: "nodes" };
    const document = clusterDocument({ network: { nodes: "10.10.0.0/20", existing } });
    for (const sharedNetworkProjects of [[], ["host"], ["other-host", "host-project-2"]])
      assert.equal(messagesOf(document, { sharedNetworkProjects }).length, 2);
    assert.deepEqual(messagesOf(document, { sharedNetworkProjects: "any" }), []);
  });

  it("stay accepted where they are in use, though the host is no longer allowed, and no other host of it does", () => {
    const on = (host: string) =>
      clusterDocument({
        network: {
          nodes: "10.10.0.0/20",
          existing: { network: `projects/${host}/global/networks/main`, subnetwork: "nodes" },
        },
      });
    const validated = validateCluster(on("host-project"), { nowMs: NOW_MS, sharedNetworkProjects: "any" });
    assert.ok(validated.ok);
    assert.deepEqual(messagesOf(on("host-project"), { before: validated.spec }), []);
    assert.equal(messagesOf(on("other-host"), { before: validated.spec }).length, 2);
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
