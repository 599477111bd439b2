/** Pages for people that a status points to. */

/** What to do about a control-plane machine that does not come back by itself. */
export const LOST_MACHINE_GUIDE = "docs/guides/lost-control-plane-machine.md";
