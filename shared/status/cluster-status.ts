/** What the control plane reports of a cluster and needs to know in its next pass: `clusters/{id}/status/current`. */
import { z } from "zod";
import type { ClusterSpec } from "../spec/cluster.ts";
import type { Frozen } from "../spec/frozen.ts";
import { careSchema } from "./care.ts";
import { conditionSchema } from "./condition.ts";

export type { ClusterDocument } from "./cluster-document.ts";
export { CONDITION_TYPES, type Condition, type ConditionType } from "./condition.ts";
export type { EventLine, EventRecord } from "./event-record.ts";
export type { OperationRecord, OperationStep } from "./operation-record.ts";

export const PHASES = [
  "Pending",
  "Provisioning",
  "Ready",
  "Updating",
  "Degraded",
  "Blocked",
  "Deleting",
  "Failed",
] as const;
export type Phase = (typeof PHASES)[number];

const momentMs = z.number();

/** A cloud operation that a pass started and a later one asks about. */
const inFlight = z.strictObject({
  key: z.string().describe("What it changes: `projects/p/zones/z/instances/i`."),
  kind: z.string().describe("Kind of resource."),
  verb: z.string().describe("What was asked for."),
  operation: z.string().describe("Path of the operation: `projects/p/zones/z/operations/o`."),
  startedMs: momentMs.describe("When it was asked for."),
  reason: z.string().describe("Why, in a sentence."),
  alarmed: z.boolean().optional().describe("Whether it was told that it takes too long."),
});
export type InFlight = Frozen<z.infer<typeof inFlight>>;

/** Something that did not work and is tried again at `retryAtMs`. */
const failure = z.strictObject({
  key: z.string().describe("What could not be changed."),
  kind: z.string().describe("Kind of resource."),
  code: z.string().describe("Kind of the error, from the closed union of cloud errors."),
  message: z.string().describe("What the cloud said."),
  count: z.number().describe("How often in a row."),
  firstMs: momentMs.describe("When it failed first."),
  retryAtMs: momentMs.describe("When it is tried again."),
});
export type Failure = Frozen<z.infer<typeof failure>>;

const inventoryLine = z.strictObject({
  kind: z.string().describe("Kind of resource."),
  desired: z.number().describe("How many there should be."),
  observed: z.number().describe("How many of ours there are."),
  settled: z.boolean().describe("Whether nothing is left to do for them."),
});
export type InventoryLine = Frozen<z.infer<typeof inventoryLine>>;

const lease = z.strictObject({
  holder: z.string().describe("The pass that holds the cluster."),
  untilMs: momentMs.describe("When the lease ends by itself."),
  epoch: z.number().describe("Fencing epoch: a write of a lower one is refused."),
  dirty: z.boolean().describe("Whether somebody asked for a pass meanwhile."),
});

const acceptedSpec = z.custom<ClusterSpec>((value) => typeof value === "object" && value !== null);

export const clusterStatusSchema = z.strictObject({
  schemaVersion: z.literal(1).describe("Version of this document's form."),
  uid: z
    .string()
    .regex(/^[a-z0-9]{6}$/)
    .describe("Six characters chosen once; part of the name of everything that the cluster owns."),
  phase: z.enum(PHASES).describe("The state in a word, for people. Programs read `conditions`."),
  conditions: z.array(conditionSchema).describe("What holds of the cluster, since when, and why."),
  generation: z.number().describe("Counts accepted changes of the spec; it never decreases."),
  specHash: z.string().describe("Hash of the accepted spec; empty until there is one."),
  seenHash: z.string().describe("Hash of the document as the last pass saw it, accepted or not."),
  accepted: acceptedSpec
    .optional()
    .describe("The spec in force, with its defaults; absent until one was accepted."),
  pins: z
    .strictObject({
      kubernetesVersion: z.string().describe("The exact patch that was chosen."),
      images: z
        .record(z.string(), z.string())
        .describe("Image chosen for each operating system or golden image."),
      initialised: z.boolean().describe("Whether the first control-plane machine has set Kubernetes up."),
      upgrade: z
        .strictObject({
          from: z.string().describe("The version that it began at."),
          nodes: z.string().describe("The version of the nodes: the control plane's once that is through."),
        })
        .optional()
        .describe("The upgrade of Kubernetes that is under way; absent while there is none."),
    })
    .describe("Choices that the spec leaves open, kept from pass to pass."),
  images: z
    .strictObject({
      askedMs: momentMs.describe("When the families were asked last."),
      newer: z
        .record(z.string(), z.string())
        .describe("By operating system, the image that its family names, where another one is in use."),
    })
    .optional()
    .describe("What the families of the operating systems offer; absent until they were asked again."),
  deleting: z.boolean().describe("Whether the cluster is on its way out; there is no way back."),
  readyGeneration: z.number().describe("Newest generation that has been Ready."),
  inventory: z.array(inventoryLine).describe("Resources by kind, counted."),
  nodes: z
    .strictObject({
      desired: z.number().describe("How many there should be."),
      ready: z.number().describe("How many are Ready."),
      total: z.number().describe("How many there are."),
    })
    .describe("Nodes, counted."),
  endpoint: z.string().optional().describe("Address of the Kubernetes API."),
  inFlight: z.array(inFlight).describe("Mutations that the cloud is still busy with."),
  failures: z.array(failure).describe("What did not work and is tried again."),
  attempts: z
    .record(z.string(), z.strictObject({ count: z.number(), lastMs: momentMs }))
    .describe("By key: how often a mutation of it was finished, and when last."),
  lease: lease.optional().describe("Which pass works on the cluster."),
  wakeAtMs: momentMs
    .nullable()
    .describe("When the next pass is due, in milliseconds since 1970; null when settled."),
  unsettledSinceMs: momentMs.nullable().describe("Since when something is left to do; null when settled."),
  movedMs: momentMs
    .optional()
    .describe("When something moved last: an action began, or nodes came or changed."),
  restsUntilMs: momentMs
    .optional()
    .describe(
      "Until when nothing is to be done but to wait: a maintenance window opens then, or a pause ends.",
    ),
  care: careSchema.optional().describe("What the care of nodes remembers; absent while there is nothing."),
  operation: z.string().nullable().describe("Id of the operation record that runs."),
  operationCause: z.string().optional().describe("What woke the pass that began it."),
});
type Parsed = z.infer<typeof clusterStatusSchema>;
export type ClusterStatus = Frozen<Omit<Parsed, "accepted">> & {
  readonly accepted?: ClusterSpec | undefined;
};
