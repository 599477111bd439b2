/** Google's Pub/Sub emulator, started once for all tests of a process. */
import { type Emulator, findJar, startJava } from "../../simulation/emulator.ts";
import { EMULATOR_START_MS } from "./firestore-emulator.ts";
import { leaveOut } from "./leave-out.ts";

const JAR_VARIABLE = "PUBSUB_EMULATOR_JAR";
/** The version is part of the name; this is the one that the SDK has had since 2024. */
const JAR_IN_SDK = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-0.8.20-all.jar";
const JAVA_OPTIONS = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

let shared: Promise<Emulator> | undefined;

/** The emulator that the tests share; leaves the calling suite out when it is not installed. Topics need 3 characters. */
export async function pubsubEmulator(suite: Mocha.Context): Promise<Emulator> {
  suite.timeout(EMULATOR_START_MS);
  const jar = findJar(JAR_VARIABLE, JAR_IN_SDK);
  if (jar === undefined) {
    leaveOut(
      suite,
      `no Pub/Sub emulator or no Java: gcloud components install pubsub-emulator, or set ${JAR_VARIABLE}`,
    );
  }
  process.env["METADATA_SERVER_DETECTION"] ??= "none";
  shared ??= startJava((port) => [...JAVA_OPTIONS, "-jar", jar, "--host=127.0.0.1", `--port=${port}`]);
  return shared;
}
