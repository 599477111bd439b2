/** All kinds of faults by group. */
import type { FaultGroup } from "../scenario.ts";
import { API_FAULTS } from "./api.ts";
import { CRASH_FAULTS } from "./crash.ts";
import { DELIVERY_FAULTS } from "./delivery.ts";
import { HARDWARE_FAULTS } from "./hardware.ts";
import { PEOPLE_FAULTS } from "./people.ts";
import type { FaultKind } from "./room.ts";
import { STORE_FAULTS } from "./store.ts";
import { ZONE_FAULTS } from "./zone.ts";

export const FAULT_KINDS: Readonly<Record<FaultGroup, Readonly<Record<string, FaultKind>>>> = {
  api: API_FAULTS,
  delivery: DELIVERY_FAULTS,
  crash: CRASH_FAULTS,
  hardware: HARDWARE_FAULTS,
  zone: ZONE_FAULTS,
  store: STORE_FAULTS,
  people: PEOPLE_FAULTS,
};
