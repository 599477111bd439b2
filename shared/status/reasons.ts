/** Every reason that a condition can have, as a closed union: a new one does not compile without its line here. */
import { CLOUD_ERROR_CODES, type CloudErrorCode } from "../ports/cloud-error.ts";

interface Meaning {
  /** In a line. */
  readonly means: string;
  /** All is as one would wish: there is nothing to do and no runbook. */
  readonly fine?: true;
}

/** `quota-exceeded` → `QuotaExceeded`. */
type Camel<T extends string> = T extends `${infer Word}-${infer Rest}`
  ? `${Capitalize<Word>}${Camel<Rest>}`
  : Capitalize<T>;
type ErrorReason = Camel<CloudErrorCode>;

/** One for each kind of cloud error, of the failure that a condition tells of. */
const OF_ERRORS: Readonly<Record<ErrorReason, Meaning>> = {
  NotFound: {
    means: "The cloud does not know what was asked for: a project, or something deleted meanwhile.",
  },
  AlreadyExists: { means: "Something of that name appeared meanwhile." },
  Stale: { means: "Somebody else changed it at the same time." },
  InUse: { means: "It cannot go or change while something else uses it." },
  NotReady: { means: "It was made a moment ago and cannot be used yet." },
  RateLimited: { means: "The project made too many calls in a minute." },
  QuotaExceeded: { means: "A quota of the project or region is used up." },
  Stockout: { means: "The zone has no room for such a machine now." },
  PermissionDenied: { means: "The control plane's account may not do that." },
  Unauthenticated: { means: "The cloud, or the cluster's API, does not accept who the control plane is." },
  Invalid: { means: "The cloud refuses the request as wrong." },
  Unavailable: { means: "The cloud, or the cluster's API, answers with a server's error, or not at all." },
  UnknownOutcome: { means: "The answer to a request was lost: it may have been carried out." },
  Unexpected: { means: "Something that no part of the control plane has a word for: a mistake of ours." },
};

const OWN = {
  AsDeclared: { means: "It is as the spec says.", fine: true },
  Accepted: { means: "The document's spec is in force.", fine: true },
  NothingToRepair: { means: "No machine needs a repair.", fine: true },
  NotPaused: { means: "Nothing is paused.", fine: true },

  SpecMissing: { means: "The cluster's document is gone, which is no request to delete the cluster." },
  SpecInvalid: { means: "The document's spec has mistakes; the last accepted one stays in force." },
  NotSupportedYet: { means: "The spec asks for something that this version does not do yet." },
  ChangeRefused: { means: "What was asked for cannot be done to what exists." },
  DeletionUidMismatch: { means: "A deletion was asked for without this cluster's uid." },
  DeletionProtected: { means: "A deletion was asked for, and the spec protects the cluster." },

  Working: { means: "Something is being made, changed or deleted." },
  Waiting: { means: "Something must happen first; the message says what." },
  Deleting: { means: "The cluster is on its way out." },
  NameTaken: { means: "Something that is not ours has a name that the cluster needs." },
  ChangesOpen: { means: "A person must act before a change of the spec is carried out." },

  CordonedByOthers: { means: "Somebody else cordoned a node that is to be drained; it is left alone." },
  DrainBlocked: { means: "Pods do not leave a node, past its deadline or against two budgets." },
  Halted: { means: "An upgrade halted, or went back, for new nodes were bad." },
  ProbeFailing: { means: "An upgrade goes on only while its probe passes, and it does not." },
  OutsideWindow: { means: "An upgrade waits for the next maintenance window." },
  Excluded: { means: "An upgrade waits for the end of an exclusion." },
  Paused: { means: "Somebody paused the cluster or a pool." },

  Repairing: { means: "A machine is being restarted or replaced." },
  Watching: { means: "A machine is suspect, and not for long enough to be repaired." },
  TooManyUnhealthy: { means: "More of a pool's machines are unhealthy than it lets be repaired." },
  ZoneUnhealthy: { means: "Most nodes of a zone are unhealthy." },
  ObservationLost: { means: "The cluster's API, or most of its nodes, fell silent: nothing is touched." },
  CoolingDown: { means: "Many machines healed a moment ago; repairs wait a little." },
  RetryLater: {
    means: "A pool's machines, or those in one place of it, failed again and again; the next repair waits.",
  },
} as const satisfies Readonly<Record<string, Meaning>>;

export type Reason = ErrorReason | keyof typeof OWN;

/** Complete by type. `docs/runbooks` has a page for each that is not fine. */
export const REASONS: Readonly<Record<Reason, Meaning>> = { ...OWN, ...OF_ERRORS };

const BY_CODE: ReadonlyMap<string, ErrorReason> = new Map(
  CLOUD_ERROR_CODES.map((code) => [code, camel(code) as ErrorReason]),
);
function camel(code: string): string {
  return code.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());
}

/** @param code as a status keeps it; one of another version is not known */
export function reasonOfError(code: string): ErrorReason {
  return BY_CODE.get(code) ?? "Unexpected";
}

function isReason(reason: string): reason is Reason {
  return Object.hasOwn(REASONS, reason);
}
/** The page for people about a reason, from the root of the project; none for what is fine, or of another version. */
export function runbookOf(reason: string): string | undefined {
  return !isReason(reason) || REASONS[reason].fine === true ? undefined : `docs/runbooks/${reason}.md`;
}
