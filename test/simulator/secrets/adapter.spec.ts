/** The control plane's Secret Manager adapter over the wire, under the contract of every Secrets. */
import { createSecretManager } from "../../../shared/adapters/google/secret-manager.ts";
import { describeSecrets } from "../../contract/secrets.ts";
import { localClientOptions, startRig } from "../wire/rig.ts";
import { readersOf } from "./readers.ts";

describeSecrets("Secret Manager's client over the simulated secrets", async () => {
  const rig = await startRig();
  return {
    secrets: createSecretManager(localClientOptions(rig.wire.port)),
    readers: async (project, name) => readersOf(rig.secrets, project, name),
    close: () => rig.wire.close(),
  };
});
