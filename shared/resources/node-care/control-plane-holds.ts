/** The one place where a disruptive step of the control plane asks what holds it up: an upgrade's next version, a member's turn. */
import type { Hold } from "../../nodes/hold.ts";
import type { Cluster } from "../resource.ts";

/** A pause of the whole cluster holds its control plane too; one of a pool does not. */
export function controlPlaneHolds({ care }: Cluster, nowMs: number): readonly Hold[] {
  const pauses = (care?.pauses ?? []).filter(
    ({ pool, untilMs }) => pool === undefined && (untilMs === undefined || nowMs < untilMs),
  );
  return pauses.map(({ reason, by, untilMs }) => ({
    reason: "Paused",
    causes: ["upgrade"],
    waitsFor: `the pause to end (${reason}, by ${by})`,
    ...(untilMs === undefined ? {} : { untilMs }),
  }));
}
