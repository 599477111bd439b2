/** Why a command ends without success, with its exit code: what a person can solve is shown without a stack. */

export class CommandError extends Error {
  readonly exitCode: number = 1;
}

/** The command was called wrongly. */
export class UsageError extends CommandError {
  override readonly exitCode = 2;
}

/** Nothing answers where a control plane should be: it may be starting again. */
export class Unreachable extends CommandError {}

/** Ctrl-C while a command waited. Source of the number: 128 and the signal's, as shells count. */
export class Interrupted extends CommandError {
  override readonly exitCode = 130;
}
