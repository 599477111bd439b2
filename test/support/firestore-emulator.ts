/** Google's Firestore emulator, started once for all tests of a process. */
import { type Emulator, findJar, leaveOut, startJava } from "./emulator.ts";

const JAR_VARIABLE = "FIRESTORE_EMULATOR_JAR";
const JAR_IN_SDK = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
/** One heap for all tests; sets up faster than the SDK's own script, which lets it grow. */
const JAVA_OPTIONS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
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
      `no Firestore emulator or no Java: gcloud components install cloud-firestore-emulator, or set ${JAR_VARIABLE}`,
    );
  }
  shared ??= startFirestoreEmulator(jar);
  return shared;
}

export function findFirestoreJar(): string | undefined {
  return findJar(JAR_VARIABLE, JAR_IN_SDK);
}

/** One of its own, whose caller stops it. `functions` is the address that it posts its triggers' events to. */
export function startFirestoreEmulator(
  jar: string,
  options: { readonly functions?: string } = {},
): Promise<Emulator> {
  process.env["METADATA_SERVER_DETECTION"] ??= "none";
  const extra = options.functions === undefined ? [] : [`--functions_emulator=${options.functions}`];
  return startJava((port) => [
    ...JAVA_OPTIONS,
    "-cp",
    jar,
    MAIN_CLASS,
    "start",
    "--host=127.0.0.1",
    `--port=${port}`,
    ...extra,
  ]);
}

/** A project that no other test of this process uses: its documents are its own. */
export function freshProject(): string {
  projects += 1;
  return `demo-${process.pid}-${projects}`;
}
