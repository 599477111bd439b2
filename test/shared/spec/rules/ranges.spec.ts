/** Address ranges are well-formed, allowed, apart from each other, and large enough. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a range that is none",
    clusterDocument({ network: { nodes: "10.10.0.300/20" } }),
    [
      'network.nodes: "10.10.0.300/20" is not an IPv4 range; write four numbers up to 255 and a prefix up to 32, like 10.10.0.0/20',
    ],
  ],
  [
    "a range without its prefix",
    clusterDocument({ network: { nodes: "10.10.0.0" } }),
    ['network.nodes: "10.10.0.0" is not an IPv4 range; write it like 10.10.0.0/20'],
  ],
  [
    "host bits, with the range that was meant",
    clusterDocument({ network: { nodes: "10.10.3.7/20" } }),
    ['network.nodes: "10.10.3.7/20" does not begin where a /20 begins; use 10.10.0.0/20'],
  ],
  [
    "ranges that overlap",
    clusterDocument({ network: { nodes: "10.96.0.0/20" } }),
    [
      'network.nodes: "10.96.0.0/20" overlaps network.services (10.96.0.0/20); use ranges that share no address',
    ],
  ],
  [
    "a range within another",
    clusterDocument({ network: { pods: "10.0.0.0/9" } }),
    [
      'network.pods: "10.0.0.0/9" overlaps network.nodes (10.10.0.0/20); use ranges that share no address',
      'network.pods: "10.0.0.0/9" overlaps network.services (10.96.0.0/20); use ranges that share no address',
    ],
  ],
  [
    "link-local addresses",
    clusterDocument({ network: { nodes: "169.254.0.0/20" } }),
    [
      'network.nodes: "169.254.0.0/20" overlaps 169.254.0.0/16, which Compute Engine keeps for link-local addresses and the metadata server; use a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
    ],
  ],
  [
    "loopback addresses",
    clusterDocument({ network: { pods: "127.0.0.0/14" } }),
    [
      'network.pods: "127.0.0.0/14" overlaps 127.0.0.0/8, which Compute Engine keeps for loopback; use a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
    ],
  ],
  [
    "Google's own API addresses",
    clusterDocument({ network: { services: "199.36.144.0/20" } }),
    [
      'network.services: "199.36.144.0/20" overlaps 199.36.153.4/30, which Compute Engine keeps for Google\'s restricted API addresses; use a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
    ],
  ],
  [
    "multicast addresses",
    clusterDocument({ network: { services: "230.0.0.0/20" } }),
    [
      'network.services: "230.0.0.0/20" overlaps 224.0.0.0/4, which Compute Engine keeps for multicast; use a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16',
    ],
  ],
  [
    "a range too small for any subnetwork",
    clusterDocument({ network: { nodes: "10.10.0.0/30" } }),
    ['network.nodes: "10.10.0.0/30" is too small; use a /29 or larger'],
  ],
  [
    "a range of Services that the API server refuses",
    clusterDocument({ network: { services: "172.0.0.0/11" } }),
    ['network.services: "172.0.0.0/11" is too large; use a /12 or smaller'],
  ],
  [
    "a range too small for the machines",
    clusterDocument({ network: { nodes: "10.10.0.0/28" }, nodePools: [{ name: "general", size: 20 }] }),
    [
      'network.nodes: "10.10.0.0/28" has room for 11 machines, and there can be 24; use a /27 or larger, or smaller pools',
    ],
  ],
  [
    "a range too small for the pods of the largest number of nodes",
    clusterDocument({
      network: { pods: "10.64.0.0/20" },
      nodePools: [{ name: "general", size: { min: 1, max: 30 } }],
    }),
    [
      'network.pods: "10.64.0.0/20" has a /24 for 16 nodes, and there can be 34; use a /18 or larger, or smaller pools',
    ],
  ],
  [
    "an allowed range with host bits",
    clusterDocument({ network: { api: { allowedFrom: ["203.0.113.9/24"] } } }),
    ['network.api.allowedFrom[0]: "203.0.113.9/24" does not begin where a /24 begins; use 203.0.113.0/24'],
  ],
  [
    "a public API that nobody may reach",
    clusterDocument({ network: { api: { allowedFrom: [] } } }),
    [
      "network.api.allowedFrom: [] lets nobody reach the public API; list ranges, remove the line for everyone, or set access: private",
    ],
  ],
  [
    "an existing subnetwork whose range is not said",
    clusterDocument({ network: { existing: { network: "main", subnetwork: "nodes" } } }),
    ["network.nodes: is missing; repeat the primary range of the existing subnetwork"],
  ],
];

describe("address ranges", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept a public API for everyone and for some, and a private one for the network alone", () => {
    for (const api of [
      {},
      { allowedFrom: ["203.0.113.0/24"] },
      { access: "private" },
      { access: "private", allowedFrom: [] },
    ]) {
      assert.deepEqual(messagesOf(clusterDocument({ network: { api } })), []);
    }
  });
  it("accept ranges that just hold all machines and their pods", () => {
    // 12 pool machines, one of surge and three of the control plane make 16; four addresses of a subnetwork are kept.
    const network = { nodes: "10.10.0.0/27", pods: "10.64.0.0/20" };
    assert.deepEqual(
      messagesOf(clusterDocument({ network, nodePools: [{ name: "general", size: 12 }] })),
      [],
    );
    const larger = clusterDocument({ network, nodePools: [{ name: "general", size: 13 }] });
    assert.deepEqual(messagesOf(larger), [
      'network.pods: "10.64.0.0/20" has a /24 for 16 nodes, and there can be 17; use a /19 or larger, or smaller pools',
    ]);
  });
});
