/** How a container that ends ended. */
export interface Outcome {
  readonly exitCode: number;
  /** What its log says at the end. */
  readonly log?: string;
}
