/** Which methods the deployed functions call, for each package of Google's clients. */
import { CALLED_METHODS } from "../../shared/adapters/google/compute-services.ts";
import { FIRESTORE_METHODS } from "../../shared/adapters/google/firestore-store.ts";
import { SECRET_METHODS } from "../../shared/adapters/google/secret-manager.ts";
import { TASK_METHODS } from "../../shared/adapters/google/task-queue.ts";
import type { Called } from "./prune-definitions.ts";

interface CalledOfPackage {
  /** By the full name of the service. */
  readonly services: Called;
  /** Of the client's own methods; what is called in another way than by these is not among them. */
  readonly client: readonly string[];
}

export const CALLED_OF: Readonly<Record<string, CalledOfPackage | undefined>> = {
  "@google-cloud/compute": {
    services: Object.fromEntries(
      [...CALLED_METHODS].map(([service, methods]) => [`google.cloud.compute.v1.${service}`, methods]),
    ),
    // compute-clients.ts goes by the inner calls.
    client: [],
  },
  "@google-cloud/firestore-api": {
    services: { "google.firestore.v1.Firestore": FIRESTORE_METHODS },
    client: FIRESTORE_METHODS,
  },
  "@google-cloud/secret-manager": {
    services: { "google.cloud.secretmanager.v1.SecretManagerService": SECRET_METHODS },
    client: SECRET_METHODS,
  },
  "@google-cloud/tasks": {
    services: { "google.cloud.tasks.v2.CloudTasks": TASK_METHODS },
    client: TASK_METHODS,
  },
};
