/** What befalls machines of a running cluster, from the audit log to the status, in process under virtual time. */
import assert from "node:assert/strict";
import { eventsPath } from "../../shared/engine/paths.ts";
import type { EventRecord } from "../../shared/status/cluster-status.ts";
import type { Machine } from "../../simulator/compute/machine.ts";
import { usePower } from "../../simulator/control/powers.ts";
import { PROJECT, type Running, runningCluster } from "../support/running-cluster.ts";
import { simulatedPlane } from "../support/simulated-plane.ts";
import { exampleDocument } from "../support/specs.ts";

const ID = "quickstart";
const MINUTE_MS = 60_000;
/** From the event to the pass that knows of it: the sink takes one second of it. */
const HEARD_MS_MAX = 3_000;

async function readyCluster(): Promise<Running> {
  const document = exampleDocument(ID);
  const cluster = runningCluster(simulatedPlane(), ID, document);
  await cluster.write(document);
  return cluster;
}
function machineOf({ plane }: Running, pool: string): Machine {
  const machine = [...plane.cloud.compute.machines(PROJECT)].find(({ name }) => name.includes(`-n-${pool}-`));
  assert.ok(machine !== undefined, `pool ${pool} has no machine`);
  return machine;
}
async function heard(cluster: Running) {
  await cluster.plane.clock.advance(HEARD_MS_MAX);
  return (await cluster.status()).care?.incidents ?? [];
}
async function incidentLines({ plane }: Running): Promise<readonly string[]> {
  const { documents } = await plane.engine.store.query<EventRecord>({
    collection: eventsPath(ID),
    limit: 500,
  });
  const lines = documents.flatMap(({ data }) => data.lines).filter(({ verb }) => verb === "incident");
  return lines.map(({ key, message }) => `${key.replace(/^.*\//, "")}: ${message}`);
}
function nodeOf({ plane }: Running, machine: Machine) {
  const cluster = plane.cloud.guests.clusterOf(machine);
  return cluster?.state.store.get("nodes", undefined, machine.name) as
    | {
        readonly status: {
          readonly conditions: readonly { readonly type: string; readonly status: string }[];
        };
      }
    | undefined;
}
const conditionOf = (cluster: Running, machine: Machine, type: string) =>
  nodeOf(cluster, machine)?.status.conditions.find((one) => one.type === type)?.status;

describe("what befalls machines of a cluster", function () {
  this.timeout(60_000);

  it("a host error is in the status and in an event line within three seconds, and the restart after it", async () => {
    const cluster = await readyCluster();
    const machine = machineOf(cluster, "general");
    usePower(cluster.plane.cloud, { power: "host-error", node: machine.name });
    const [incident, ...others] = await heard(cluster);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [incident?.kind, incident?.machine, incident?.instanceId],
      ["host-error", machine.path, machine.id],
    );
    await cluster.plane.clock.advance(10 * MINUTE_MS);
    const kinds = (await cluster.status()).care?.incidents.map(({ kind }) => kind);
    assert.deepEqual(kinds?.slice(0, 2), ["host-error", "automatic-restart"]);
    assert.deepEqual(await incidentLines(cluster), [
      `${machine.name}: host-error (compute.instances.hostError): Instance terminated by Compute Engine.`,
      `${machine.name}: automatic-restart (compute.instances.automaticRestart): Compute Engine restarts it`,
    ]);
  });

  it("a notice of maintenance is told with its window, then the migration", async () => {
    const cluster = await readyCluster();
    const machine = machineOf(cluster, "general");
    const beginMs = cluster.plane.clock.nowMs();
    usePower(cluster.plane.cloud, { power: "maintenance-notice", node: machine.name, forMs: 10 * MINUTE_MS });
    const [notice] = await heard(cluster);
    assert.equal(notice?.kind, "maintenance-notice");
    assert.deepEqual(notice?.window, {
      startMs: beginMs + 10 * MINUTE_MS,
      endMs: beginMs + 70 * MINUTE_MS,
      canReschedule: false,
      type: "SCHEDULED",
    });
  });

  it("a preemption is told at once", async () => {
    const cluster = await readyCluster();
    const machine = machineOf(cluster, "batch");
    usePower(cluster.plane.cloud, { power: "preemption", node: machine.name });
    assert.deepEqual(
      (await heard(cluster)).map(({ kind }) => kind),
      ["preempted"],
    );
  });

  it("a machine that hangs runs, and its node falls silent", async () => {
    const cluster = await readyCluster();
    const machine = machineOf(cluster, "general");
    usePower(cluster.plane.cloud, { power: "hang", node: machine.name });
    await cluster.plane.clock.advance(MINUTE_MS);
    assert.equal(cluster.plane.cloud.compute.machine(machine.path)?.status, "RUNNING");
    assert.equal(conditionOf(cluster, machine, "Ready"), "Unknown");
  });

  it("a read-only disk is a condition of the node, until the machine boots again", async () => {
    const cluster = await readyCluster();
    const { clock, cloud } = cluster.plane;
    const machine = machineOf(cluster, "general");
    usePower(cloud, { power: "disk-read-only", node: machine.name });
    await clock.advance(1_000);
    assert.equal(conditionOf(cluster, machine, "ReadonlyFilesystem"), "True");
    const kubelet = cloud.guests.clusterOf(machine)?.kubelet(machine.name);
    kubelet?.restart();
    await clock.advance(1_000);
    assert.equal(conditionOf(cluster, machine, "ReadonlyFilesystem"), "False");
  });

  it("an API server or etcd crashes beside a node that stays Ready, and of other machines that is refused", async () => {
    const cluster = await readyCluster();
    const { clock, cloud } = cluster.plane;
    const machine = machineOf(cluster, "general");
    assert.throws(
      () => usePower(cloud, { power: "etcd-crash", node: machine.name }),
      /is no control-plane machine whose API server runs/,
    );
    const member = [...cloud.compute.machines(PROJECT)].find(({ name }) => name.endsWith("-cp-0"));
    assert(member !== undefined);
    const kubernetes = cloud.guests.clusterOf(member);
    const said = usePower(cloud, { power: "api-server-crash", node: member.name });
    assert.match(said, /^kube-apiserver of .*-cp-0 crashes over and over, until the machine boots/);
    await clock.advance(MINUTE_MS);
    assert.deepEqual(kubernetes?.apiServers(), []);
    assert.equal(conditionOf(cluster, member, "Ready"), "True");
  });

  it("machines of a zone fall silent together and come back, and nothing is told of it", async () => {
    const cluster = await readyCluster();
    const { clock, cloud } = cluster.plane;
    const machine = machineOf(cluster, "general");
    usePower(cloud, { power: "zone-outage", zone: machine.zone, forMs: 10 * MINUTE_MS });
    assert.deepEqual(await heard(cluster), []);
    assert.equal(cloud.guests.clusterOf(machine)?.kubelet(machine.name)?.isOn(), false);
    assert.equal(cloud.compute.machine(machine.path)?.status, "RUNNING");
    await clock.advance(12 * MINUTE_MS);
    const back = [...cloud.compute.machines(PROJECT)].filter(({ zone }) => zone === machine.zone);
    for (const one of back)
      assert.equal(cloud.guests.clusterOf(one)?.kubelet(one.name)?.isAlive(), true, one.name);
  });

  it("nothing befalls what is not there", async () => {
    const cluster = await readyCluster();
    const { cloud } = cluster.plane;
    const machine = machineOf(cluster, "general");
    assert.throws(
      () => usePower(cloud, { power: "hang", node: "nobody" }),
      /There is no machine nobody; there are /,
    );
    assert.throws(() => usePower(cloud, { power: "zone-outage", zone: "moon" }), /no machines in zone moon/);
    usePower(cloud, { power: "host-error", node: machine.name, restart: "never" });
    assert.throws(
      () => usePower(cloud, { power: "host-error", node: machine.name }),
      /does not run: it is TERMINATED/,
    );
  });
});
