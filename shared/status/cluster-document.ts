/** The document `clusters/{id}`: what people wrote, valid or not, and the tombstone when the cluster shall go. */
import { z } from "zod";
import type { Frozen } from "../spec/frozen.ts";

/** A name or an email, with room. */
const REQUESTER_LENGTH_MAX = 320;

export const tombstoneSchema = z.strictObject({
  uid: z
    .string()
    .regex(/^[a-z0-9]{6}$/)
    .optional()
    .describe("Uid of the cluster that is meant; it must be the one in the status."),
  requestedAt: z.iso.datetime({ offset: true }).optional().describe("When it was asked for."),
  requestedBy: z.string().max(REQUESTER_LENGTH_MAX).optional().describe("Who asked."),
});
export type Tombstone = Frozen<z.infer<typeof tombstoneSchema>>;

export const clusterDocumentSchema = z.strictObject({
  schemaVersion: z.literal(1).optional().describe("Version of this document's form."),
  spec: z.unknown().optional().describe("The cluster spec as it was written (see cluster.md)."),
  deletion: tombstoneSchema.optional().describe("Set when the cluster shall be deleted."),
});
export type ClusterDocument = Frozen<z.infer<typeof clusterDocumentSchema>>;
