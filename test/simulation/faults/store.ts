/** The document store is contended, away, or loses its answers. */
import { StoreError } from "../../../shared/ports/store.ts";
import { between, type FaultKind } from "./room.ts";

export const STORE_FAULTS: Readonly<Record<string, FaultKind>> = {
  contention: (room, { amount }) => {
    const times = between(1, 8, amount);
    const failure = () => new StoreError("contention", "too much contention on these documents");
    room.traps.calls.push({ left: 0, port: "store", failure, times });
    return `the next ${times} calls to the store meet contention`;
  },
  away: (room, { amount }) => {
    const times = between(1, 20, amount);
    const failure = () => new StoreError("unavailable", "the store cannot be reached");
    room.traps.calls.push({ left: 0, port: "store", failure, times });
    return `the next ${times} calls to the store fail`;
  },
  "lost-answer": (room, { amount }) => {
    const left = between(0, 8, amount);
    room.traps.calls.push({ left, port: "store", strike: "lost" });
    return `the answer to a call to the store is lost, ${left} calls from now`;
  },
};
