/** A zone has no machines to give, or goes dark. */
import { PROJECT } from "../../../simulation/world.ts";
import { between, type FaultKind, pick } from "./room.ts";

const MINUTE_MS = 60_000;
const ZONES = ["europe-west4-a", "europe-west4-b", "europe-west4-c"] as const;

export const ZONE_FAULTS: Readonly<Record<string, FaultKind>> = {
  stockout: (room, { which, amount }) => {
    const zone = pick(ZONES, which) ?? ZONES[0];
    const forMs = between(5 * MINUTE_MS, 45 * MINUTE_MS, amount);
    const rule = { kind: "stockout", target: `zones/${zone}/` } as const;
    room.undoLater(forMs, room.cloud.compute.faults.add(rule));
    return `${zone} has no machines to give for ${forMs} ms`;
  },
  /** Its machines fall silent, as if nothing had happened, and come back. */
  silent: (room, { which, amount }) => {
    const zone = pick(ZONES, which) ?? ZONES[0];
    const forMs = between(MINUTE_MS, 15 * MINUTE_MS, amount);
    const struck = [...room.cloud.compute.machines(PROJECT)].filter((machine) => machine.zone === zone);
    for (const { path } of struck) room.undoLater(forMs, room.cloud.compute.goDark(path));
    return `${zone} is silent for ${forMs} ms, ${struck.length} machines with it`;
  },
  dark: (room, { which, amount }) => {
    const zone = pick(ZONES, which) ?? ZONES[0];
    const forMs = between(MINUTE_MS, 15 * MINUTE_MS, amount);
    const target = `zones/${zone}/`;
    room.undoLater(forMs, room.cloud.compute.faults.add({ kind: "http", status: 503, target }));
    room.undoLater(forMs, room.cloud.compute.faults.add({ kind: "stockout", target }));
    const struck = [...room.cloud.compute.machines(PROJECT)].filter((machine) => machine.zone === zone);
    for (const machine of struck) room.cloud.compute.hostError(machine.path);
    return `${zone} is dark for ${forMs} ms, ${struck.length} machines with it`;
  },
};
