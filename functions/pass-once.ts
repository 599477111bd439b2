/** One pass as an event-driven function runs it: an event that no repeat would mend is acknowledged. */
import type { Engine } from "../shared/engine/engine.ts";
import { type PassOutcome, pass } from "../shared/engine/pass.ts";
import { isUnstorable } from "./answers.ts";

/** @throws whatever a later try may mend: the caller has the event delivered again */
export async function passOnce(
  engine: Engine,
  id: string,
  cause: string,
): Promise<PassOutcome["outcome"] | "ignored"> {
  try {
    return (await pass(engine, id, cause)).outcome;
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    engine.log("warning", "event ignored: no cluster can have that id", { error: error.message });
    return "ignored";
  }
}
