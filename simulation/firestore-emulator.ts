/** Google's Firestore emulator: where it is installed, and how it is started. */
import { type Emulator, findJar, startJava } from "./emulator.ts";

export const FIRESTORE_JAR_VARIABLE = "FIRESTORE_EMULATOR_JAR";
const JAR_IN_SDK = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore";
/** One heap for all tests; sets up faster than the SDK's own script, which lets it grow. */
const JAVA_OPTIONS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
export function findFirestoreJar(): string | undefined {
  return findJar(FIRESTORE_JAR_VARIABLE, JAR_IN_SDK);
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
