/** Picks what the image's own software would read of the metadata, and reads it. */
import type { OperatingSystem } from "../../shared/spec/cluster.ts";
import { BootFailure } from "./boot-plan.ts";
import { IMAGES, type Reader } from "./image-facts.ts";
import type { Payload } from "./payload.ts";
import { readCloudConfig } from "./read-cloud-config.ts";
import { readIgnition } from "./read-ignition.ts";
import { readScript } from "./read-script.ts";

type Metadata = Readonly<Record<string, string>>;
const READERS: Readonly<
  Record<Reader, { readonly key: string; readonly read: (metadata: Metadata) => Payload }>
> = {
  "startup-script": {
    key: "startup-script",
    read: (metadata) => readScript(metadata["startup-script"] ?? "", "google_metadata_script_runner[801]"),
  },
  "cloud-init": { key: "user-data", read: readCloudConfig },
  ignition: { key: "user-data", read: readIgnition },
};
/** What the console says when its reader found nothing. */
const NOTHING: Readonly<Record<Reader, string>> = {
  "startup-script": "google_metadata_script_runner[801]: No startup scripts to run.",
  "cloud-init": "cloud-init[612]: no user data, nothing to do",
  ignition: "ignition[711]: no config provided by user",
};

/** @throws BootFailure */
export function readPayload(metadata: Metadata, os: OperatingSystem): Payload {
  const { readers } = IMAGES[os];
  const reader = readers.find((name) => (metadata[READERS[name].key] ?? "") !== "");
  if (reader !== undefined) return READERS[reader].read(metadata);
  const first = readers[0] ?? "startup-script";
  const other = first === "startup-script" ? "user-data" : "startup-script";
  if ((metadata[other] ?? "") === "") throw new BootFailure("no-boot-data", NOTHING[first]);
  throw new BootFailure(
    "wrong-format",
    `${NOTHING[first]} (${other} is set, but nothing on a ${os} image reads it)`,
  );
}
