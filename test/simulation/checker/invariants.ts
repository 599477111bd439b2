/** All invariants that the checker asserts. */
import type { InvariantMaker } from "./checker.ts";
import { commands } from "./commands.ts";
import { deletion } from "./deletion.ts";
import { disks } from "./disks.ts";
import { failedNodes } from "./failed-nodes.ts";
import { hearsay } from "./hearsay.ts";
import { incidents } from "./incidents.ts";
import { lease } from "./lease.ts";
import { machines } from "./machines.ts";
import { ownership } from "./ownership.ts";
import { probes } from "./probes.ts";
import { records } from "./records.ts";
import { repairs } from "./repairs.ts";
import { rates, requests } from "./requests.ts";
import { secrecy } from "./secrecy.ts";
import { versions } from "./versions.ts";
import { waking } from "./waking.ts";

export const INVARIANTS: readonly InvariantMaker[] = [
  ownership,
  lease,
  requests,
  rates,
  secrecy,
  deletion,
  disks,
  machines,
  repairs,
  failedNodes,
  probes,
  records,
  versions,
  waking,
  incidents,
  hearsay,
  commands,
];
