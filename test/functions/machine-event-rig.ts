/** One machine of one cluster, and the push that Pub/Sub makes of what its project's audit log says of it. */
import { createMachineEvent } from "../../functions/machine-event.ts";
import { pass } from "../../shared/engine/pass.ts";
import { inboxPath, statusPath } from "../../shared/engine/paths.ts";
import type { Compute } from "../../shared/ports/compute.ts";
import type { Instance } from "../../shared/ports/compute-types.ts";
import { LABEL_CLUSTER, LABEL_ROLE, LABEL_UID } from "../../shared/resources/owner.ts";
import type { Inbox } from "../../shared/status/inbox.ts";
import { ID } from "../support/fake-engine.ts";
import { fakeKind } from "../support/fake-kind.ts";
import { hostErrorEntry, MACHINE_ID, MACHINE_NAME, PROJECT, push, ZONE } from "../support/log-entries.ts";
import { exampleDocument } from "../support/specs.ts";
import { PUSHER, type TestPlane, testPlane, URLS } from "./plane.ts";

const UID = "abc123";
export const MACHINE: Instance = {
  name: MACHINE_NAME,
  id: MACHINE_ID,
  status: "RUNNING",
  labels: { [LABEL_CLUSTER]: ID, [LABEL_UID]: UID, [LABEL_ROLE]: "worker" },
} as unknown as Instance;

export interface MachineEventRig extends TestPlane {
  /** The machine as the cloud has it now; the test may change it. */
  machine: Instance | undefined;
  /** Pushes as the subscription does. */
  push(body?: string, token?: string): Promise<Response>;
  inbox(): Promise<Inbox | undefined>;
  /** Everything that is stored, to show that nothing was. */
  stored(): Promise<string>;
}

export async function machineEventRig(): Promise<MachineEventRig> {
  const test = await testPlane([fakeKind("networks")]);
  const { engine } = test.plane;
  const compute = {
    ...engine.cloud.compute,
    get: async ({ name, scope, project }: { name: string; scope: string; project: string }) =>
      rig.machine?.name === name && scope === `zones/${ZONE}` && project === PROJECT
        ? rig.machine
        : undefined,
  } as unknown as Compute;
  const plane = { ...test.plane, engine: { ...engine, cloud: { ...engine.cloud, compute } } };
  await test.world.write({ spec: exampleDocument(ID) });
  await pass(engine, ID, "the cluster is accepted");
  const status = await test.world.status();
  await test.world.store.transact(async (transaction) =>
    transaction.set(statusPath(ID), { ...status, uid: UID }),
  );
  test.world.wakeups.length = 0;
  test.lines.length = 0;
  const valid = (await test.bearer(PUSHER, URLS.machineEvent)).replace("Bearer ", "");
  const rig: MachineEventRig = {
    ...test,
    plane,
    machine: MACHINE,
    push: async (body = push(hostErrorEntry()), token = valid) =>
      createMachineEvent(plane).request("/", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
        body,
      }),
    inbox: async () => (await test.world.store.get<Inbox>(inboxPath(ID)))?.data,
    stored: async () => {
      const paths = [statusPath(ID), inboxPath(ID)];
      const documents = await Promise.all(paths.map((path) => test.world.store.get(path)));
      return JSON.stringify(documents);
    },
  };
  return rig;
}
