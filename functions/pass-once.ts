/** One pass as an event-driven function runs it: an event that no repeat would mend is acknowledged. */
import { checkDocumentPath } from "../shared/adapters/document-rules.ts";
import type { Engine } from "../shared/engine/engine.ts";
import { type PassOutcome, pass } from "../shared/engine/pass.ts";
import { clusterPath } from "../shared/engine/paths.ts";

/** @throws whatever a later try may mend: the caller has the event delivered again */
export async function passOnce(
  engine: Engine,
  id: string,
  cause: string,
): Promise<PassOutcome["outcome"] | "ignored"> {
  const problem = unstorable(id);
  if (problem === undefined) return (await pass(engine, id, cause)).outcome;
  engine.log("warning", "event ignored: no cluster can have that id", { error: problem });
  return "ignored";
}

/** Why no document can have that id. */
function unstorable(id: string): string | undefined {
  try {
    checkDocumentPath(clusterPath(id));
    return undefined;
  } catch (error) {
    return String(error);
  }
}
