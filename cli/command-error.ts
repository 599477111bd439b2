/** Something that the person at the terminal can solve: shown as one line without a stack, exit code 1. */
export class CommandError extends Error {}
