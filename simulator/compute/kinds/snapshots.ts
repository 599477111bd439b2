/** Snapshots of disks: taken by hand, or by a schedule. */

import { required } from "../api-error.ts";
import { asText } from "../json.ts";
import type { Kind } from "../world.ts";

export const snapshots: Kind = {
  collection: "snapshots",
  noun: "snapshot",
  scopes: ["global"],
  methods: ["Get", "List", "Insert", "Delete"],
  references: [{ at: "sourceDisk", to: ["disks"], loose: true }],
  outputOnly: ["status", "storageBytes", "diskSizeGb", "sourceDiskId", "autoCreated"],
  labels: "on insert",
  usage: () => [{ metric: "SNAPSHOTS", region: "global", amount: 1 }],
  prepare(body, { world }) {
    const disk = world.rows.at(asText(body["sourceDisk"]) ?? "");
    if (disk === undefined) throw required("resource.sourceDisk");
    return {
      ...body,
      diskSizeGb: disk.body["sizeGb"],
      sourceDiskId: disk.id,
      storageBytes: "0",
      status: "CREATING",
    };
  },
  ready: (row, world) => world.settle(row, { ...row.body, status: "READY" }),
};
