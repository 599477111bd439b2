/** Time as the control plane sees it: read and waited for through this port alone, so that it can be virtual. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Runs `run` once, `delayMs` or more from now. The answer cancels it; cancelling twice is harmless. */
  after(delayMs: number, run: () => void): () => void;
}
