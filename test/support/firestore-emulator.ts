/** Google's Firestore emulator, started once for all tests of a process. */
import type { Emulator } from "../../simulation/emulator.ts";
import {
  FIRESTORE_JAR_VARIABLE,
  findFirestoreJar,
  startFirestoreEmulator,
} from "../../simulation/firestore-emulator.ts";
import { leaveOut } from "./leave-out.ts";

/** Milliseconds for a `before` hook that may start Java on a busy machine. */
export const EMULATOR_START_MS = 90_000;

let shared: Promise<Emulator> | undefined;
let projects = 0;

/** The emulator that the tests share; leaves the calling suite out when it is not installed. Call it in `before`. */
export async function firestoreEmulator(suite: Mocha.Context): Promise<Emulator> {
  suite.timeout(EMULATOR_START_MS);
  const jar = findFirestoreJar();
  if (jar === undefined) {
    leaveOut(
      suite,
      `no Firestore emulator or no Java: gcloud components install cloud-firestore-emulator, or set ${FIRESTORE_JAR_VARIABLE}`,
    );
  }
  shared ??= startFirestoreEmulator(jar);
  return shared;
}

/** A project that no other test of this process uses: its documents are its own. */
export function freshProject(): string {
  projects += 1;
  return `demo-${process.pid}-${projects}`;
}
