/** All figures, in the order in which they are printed. */
import type { Figure } from "./figure.ts";
import { coldStart } from "./figures/cold-start.ts";
import { create } from "./figures/create.ts";
import { growth } from "./figures/growth.ts";
import { money } from "./figures/money.ts";
import { mutations } from "./figures/mutations.ts";
import { readyTime } from "./figures/ready-time.ts";
import { repairLatency } from "./figures/repair-latency.ts";
import { settled } from "./figures/settled.ts";
import { silentDeath } from "./figures/silent-death.ts";
import { simulator } from "./figures/simulator.ts";
import { steadyMemory } from "./figures/steady-memory.ts";
import { upgrade } from "./figures/upgrade.ts";
import { waiting } from "./figures/waiting.ts";

export const FIGURES: readonly Figure[] = [
  create,
  mutations,
  settled,
  growth,
  readyTime,
  repairLatency,
  silentDeath,
  upgrade,
  waiting,
  money,
  coldStart,
  steadyMemory,
  simulator,
];
