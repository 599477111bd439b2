/** The one answer to each thing that can go wrong in the cloud: how long to wait, and who must act. */
import type { CloudErrorCode } from "../ports/cloud-error.ts";

export interface Answer {
  /** The first wait; each repeat doubles it up to `maxMs`. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** Waits alone do not help: the status says that a person must act (it is tried again all the same). */
  readonly needsPerson: boolean;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Complete by type: a new code does not compile until it has an answer. Sources: the API's own advice for each. */
export const ANSWERS: Readonly<Record<CloudErrorCode, Answer>> = {
  // The next observation sees it gone, or a list lagged: look again soon.
  "not-found": { firstMs: 2 * SECOND, maxMs: MINUTE, needsPerson: false },
  // The next observation adopts it or reports a conflict.
  "already-exists": { firstMs: 2 * SECOND, maxMs: MINUTE, needsPerson: false },
  // Somebody was faster: read again and recompute, soon.
  stale: { firstMs: SECOND, maxMs: 30 * SECOND, needsPerson: false },
  // What uses it is being deleted by us, or by somebody else.
  "in-use": { firstMs: 5 * SECOND, maxMs: 2 * MINUTE, needsPerson: false },
  "not-ready": { firstMs: 3 * SECOND, maxMs: MINUTE, needsPerson: false },
  // Compute Engine counts per minute: nothing before the next one helps.
  "rate-limited": { firstMs: 20 * SECOND, maxMs: 2 * MINUTE, needsPerson: false },
  "quota-exceeded": { firstMs: MINUTE, maxMs: 30 * MINUTE, needsPerson: true },
  // Another allowed zone is tried at once; this one again later.
  stockout: { firstMs: 30 * SECOND, maxMs: 15 * MINUTE, needsPerson: false },
  "permission-denied": { firstMs: 30 * SECOND, maxMs: 15 * MINUTE, needsPerson: true },
  unauthenticated: { firstMs: 30 * SECOND, maxMs: 15 * MINUTE, needsPerson: true },
  invalid: { firstMs: MINUTE, maxMs: 30 * MINUTE, needsPerson: true },
  unavailable: { firstMs: 2 * SECOND, maxMs: 2 * MINUTE, needsPerson: false },
  // Repeated with the same request id, so soon is harmless.
  "unknown-outcome": { firstMs: SECOND, maxMs: MINUTE, needsPerson: false },
  // Our own mistake: it will not mend itself, but what it stands on may.
  unexpected: { firstMs: MINUTE, maxMs: 30 * MINUTE, needsPerson: true },
};

/** The longest wait, and by how much clocks of machines in a cloud may differ: what is further ahead is a wrong clock's. */
export const RETRY_AHEAD_MS_MAX = Math.max(...Object.values(ANSWERS).map(({ maxMs }) => maxMs)) + MINUTE;

/** Half of the wait is fixed, half is chance, so that clusters that failed together do not return together. */
export function retryDelayMs(code: CloudErrorCode, failures: number, fraction: number): number {
  const { firstMs, maxMs } = ANSWERS[code];
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(full / 2 + (full / 2) * fraction);
}
