/** A wire with everything behind it, for tests. */

import { PassThroughClient } from "google-auth-library";
import { createVirtualClock, type VirtualClock } from "../../../simulator/clock.ts";
import type { ComputeService } from "../../../simulator/compute/call.ts";
import { createIdentity, type Identity } from "../../../simulator/identity/identity.ts";
import type { ProjectRoles } from "../../../simulator/secrets/access.ts";
import { createSecretsService } from "../../../simulator/secrets/service.ts";
import { createSecretStore, type SecretStore } from "../../../simulator/secrets/store.ts";
import type { TaskFetch } from "../../../simulator/tasks/dispatch.ts";
import { createTasksService } from "../../../simulator/tasks/service.ts";
import { createTaskStore } from "../../../simulator/tasks/store.ts";
import { startWire, type Wire } from "../../../simulator/wire/server.ts";
import { createFakeCompute } from "./fake-compute.ts";

export const START_MS = Date.UTC(2026, 0, 3, 2, 0, 0);

export interface Rig {
  readonly clock: VirtualClock;
  readonly identity: Identity;
  readonly secrets: SecretStore;
  readonly wire: Wire;
}

export async function startRig(
  options: {
    readonly compute?: ComputeService;
    readonly fetch?: TaskFetch;
    readonly projectRoles?: ProjectRoles;
    /** What virtual time waits for after a timer has fired. */
    readonly settle?: () => Promise<void>;
  } = {},
): Promise<Rig> {
  const clock = createVirtualClock(START_MS, options.settle === undefined ? {} : { settle: options.settle });
  const identity = createIdentity({ clock });
  const secrets = createSecretStore(clock);
  const roles = options.projectRoles;
  const wire = await startWire({
    compute: options.compute ?? createFakeCompute().service,
    identity,
    secrets: createSecretsService(
      roles === undefined ? { store: secrets } : { store: secrets, projectRoles: roles },
    ),
    tasks: createTasksService(
      createTaskStore({ clock, identity, fetch: options.fetch ?? (async () => ({ status: 200 })) }),
    ),
  });
  return { clock, identity, secrets, wire };
}

export type LocalClientOptions = {
  readonly apiEndpoint: string;
  readonly port: number;
  readonly protocol: string;
  readonly fallback: true;
  readonly authClient: PassThroughClient;
};
/** What the official clients need to talk to the wire over REST. */
export function localClientOptions(port: number): LocalClientOptions {
  return {
    apiEndpoint: "127.0.0.1",
    port,
    protocol: "http",
    fallback: true,
    authClient: new PassThroughClient(),
  };
}
