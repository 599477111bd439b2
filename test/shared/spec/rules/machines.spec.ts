/** Machine types exist, and fit their disks, images and GPUs. */
import assert from "node:assert/strict";
import { clusterDocument, messagesOf, poolDocument } from "../cluster-documents.ts";

/** What is wrong, the document, and all that is said about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "a machine family that there is not",
    poolDocument({ machineType: "e3-standard-4" }),
    [
      'nodePools[0].machineType: "e3-standard-4" is of no machine family that is known; did you mean e2-standard-4?',
    ],
  ],
  [
    "a machine type that no family has",
    poolDocument({ machineType: "e9-huge-1" }),
    [
      'nodePools[0].machineType: "e9-huge-1" is of no machine family that is known; use a type like e2-standard-4',
    ],
  ],
  [
    "a size that there is not",
    poolDocument({ machineType: "e2-standard-3" }),
    [
      'nodePools[0].machineType: "e2-standard-3" is no machine type of Compute Engine; e2-standard comes with 2, 4, 8, 16 or 32 processors',
    ],
  ],
  [
    "a class that its family does not have",
    poolDocument({ machineType: "t2d-highmem-4" }),
    [
      'nodePools[0].machineType: "t2d-highmem-4" is no machine type of Compute Engine; use t2d-standard, each with its number of processors',
    ],
  ],
  [
    "a machine too small for Kubernetes",
    poolDocument({ machineType: "e2-micro" }),
    ['nodePools[0].machineType: "e2-micro" is too small for Kubernetes; use e2-medium or larger'],
  ],
  [
    "a disk that does not fit the machine",
    poolDocument({ machineType: "c4-standard-4" }),
    [
      'nodePools[0].disk.type: "pd-balanced" does not attach to machines of family c4; use hyperdisk-balanced',
    ],
  ],
  [
    "a hyperdisk on a machine that takes none",
    poolDocument({ disk: { type: "hyperdisk-balanced" } }),
    [
      'nodePools[0].disk.type: "hyperdisk-balanced" does not attach to machines of family e2; use pd-balanced or pd-ssd',
    ],
  ],
  [
    "an image without the family that it was made from",
    poolDocument({ image: "golden-1" }),
    ["nodePools[0].os: is missing next to image; add os: the operating system that the image was made from"],
  ],
  [
    "an accelerator on a machine that takes none",
    poolDocument({ accelerators: [{ type: "nvidia-l4", count: 1 }] }),
    [
      'nodePools[0].accelerators[0].type: "nvidia-l4" does not attach to machines of family e2; use a machine of family n1 or g2, or remove it',
    ],
  ],
  [
    "an accelerator of another family",
    poolDocument({ machineType: "g2-standard-4", accelerators: [{ type: "nvidia-tesla-t4", count: 1 }] }),
    [
      'nodePools[0].accelerators[0].type: "nvidia-tesla-t4" does not attach to machines of family g2; use nvidia-l4',
    ],
  ],
  [
    "a count of accelerators that there is not",
    poolDocument({ machineType: "n1-standard-8", accelerators: [{ type: "nvidia-tesla-t4", count: 3 }] }),
    ["nodePools[0].accelerators[0].count: 3 is not a count that machines come with; use 1, 2, 4, 8 or 16"],
  ],
];

describe("machine types", () => {
  for (const [what, document, messages] of REFUSED) {
    it(`refuse ${what}`, () => assert.deepEqual(messagesOf(document), messages));
  }

  it("accept GPUs, golden images and machines that want hyperdisks", () => {
    const pools = [
      { name: "gpu", machineType: "g2-standard-8", accelerators: [{ type: "nvidia-l4", count: 1 }] },
      { name: "golden", image: "golden-1", os: "flatcar" },
      { name: "fast", machineType: "c4-standard-8", disk: { type: "hyperdisk-balanced" } },
      { name: "own-size", machineType: "n2-custom-4-8192" },
      { name: "shared", machineType: "e2-medium" },
      { name: "scratch", machineType: "c3-standard-22-lssd", disk: { type: "hyperdisk-balanced" } },
      { name: "newer", machineType: "m3-megamem-64" },
    ];
    assert.deepEqual(messagesOf(clusterDocument({ nodePools: pools })), []);
  });
});
