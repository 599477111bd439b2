/** What a rule is: a pure look at a document whose fields are each well-formed, for what is wrong between them. */
import type { ClusterSpec, ParsedCluster } from "../cluster.ts";
import type { FieldError } from "../field-error.ts";

export interface RuleInput {
  /** As written, defaults of single fields applied. */
  readonly parsed: ParsedCluster;
  /** All defaults applied. */
  readonly spec: ClusterSpec;
  /** The document itself, for telling what was written from what was defaulted. */
  readonly document: unknown;
  readonly nowMs: number;
  /** The spec that is in force: what it has already is not refused for having grown old. */
  readonly before?: ClusterSpec | undefined;
  /** Host projects of shared VPCs that the operator of the control plane allows; `any` where that is not known. */
  readonly sharedNetworkProjects: readonly string[] | "any";
}
export type Rule = (input: RuleInput) => readonly FieldError[];
