/** What the tests of a Compute do again and again, on whatever harness is open. */
import assert from "node:assert/strict";
import { type CloudErrorCode, isCloudError } from "../../shared/ports/cloud-error.ts";
import {
  type Compute,
  type ComputeKind,
  type ComputeRef,
  computePath,
  type Scope,
} from "../../shared/ports/compute.ts";
import type { ComputeResources, Operation } from "../../shared/ports/compute-types.ts";

export interface ComputeHarness {
  readonly compute: Compute;
  /** A project that exists and has room. */
  readonly project: string;
  readonly region: string;
  /** A zone of the region. */
  readonly zone: string;
  /** Lets time pass until the operation is DONE, and answers it as it then is. */
  finished(operation: Operation): Promise<Operation>;
  /** Lets this much time pass in the cloud. */
  pass(ms: number): Promise<void>;
  /** The next mutation happens, but its answer is lost. */
  loseNextResponse(): void;
  /** Puts a line on a machine's serial console. */
  write(instance: ComputeRef<"instances">, line: string): void;
  close(): Promise<void>;
}

export type ComputeSteps = ReturnType<typeof computeSteps>;

export function computeSteps(current: () => ComputeHarness) {
  let serial = 0;
  const requestId = (): string => {
    serial++;
    return `6f1e5f5c-0000-4000-8000-${String(serial).padStart(12, "0")}`;
  };
  const regional = (): Scope => `regions/${current().region}`;
  const zonal = (): Scope => `zones/${current().zone}`;
  function ref<K extends ComputeKind>(kind: K, scope: Scope, name: string): ComputeRef<K> {
    return { kind, project: current().project, scope, name };
  }
  async function make<K extends ComputeKind>(target: ComputeRef<K>, body: Omit<ComputeResources[K], "name">) {
    const whole = { ...body, name: target.name } as ComputeResources[K];
    const done = await current().finished(await current().compute.insert(target, whole, requestId()));
    assert.equal(done.error, undefined, JSON.stringify(done.error));
    const found = await current().compute.get(target);
    assert.ok(found !== undefined, `${computePath(target)} is not there`);
    return found;
  }
  async function done(operation: Promise<Operation>): Promise<Operation> {
    const finished = await current().finished(await operation);
    assert.equal(finished.error, undefined, JSON.stringify(finished.error));
    return finished;
  }
  const fails = (code: CloudErrorCode, call: Promise<unknown>): Promise<void> =>
    assert.rejects(call, (error) => {
      assert.ok(isCloudError(error), String(error));
      assert.equal(error.code, code, error.message);
      return true;
    });
  const network = () => ref("networks", "global", "net");
  const nodes = () => ref("subnetworks", regional(), "nodes");
  async function makeNetwork(): Promise<void> {
    await make(network(), { autoCreateSubnetworks: false });
    await make(nodes(), {
      network: "global/networks/net",
      ipCidrRange: "10.10.0.0/20",
      secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.64.0.0/14" }],
    });
  }
  const machine = (
    more: Partial<ComputeResources["instances"]> = {},
  ): Omit<ComputeResources["instances"], "name"> => ({
    machineType: `zones/${current().zone}/machineTypes/e2-standard-2`,
    disks: [
      {
        boot: true,
        autoDelete: true,
        initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12" },
      },
    ],
    networkInterfaces: [{ subnetwork: `regions/${current().region}/subnetworks/nodes` }],
    ...more,
  });
  return { requestId, regional, zonal, ref, make, done, fails, network, nodes, makeNetwork, machine };
}
