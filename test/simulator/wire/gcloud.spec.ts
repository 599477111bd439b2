/** The real gcloud against the simulated cloud: what a person would type works as against the real one. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createRealClock } from "../../../shared/adapters/embedded/real-clock.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import type { ComputeCall } from "../../../simulator/compute/call.ts";
import { createComputeWorld } from "../../../simulator/compute/create-world.ts";
import { createHastyClock } from "../../../simulator/hasty-clock.ts";
import { createIdentity } from "../../../simulator/identity/identity.ts";
import { createSecretsService } from "../../../simulator/secrets/service.ts";
import { createSecretStore } from "../../../simulator/secrets/store.ts";
import { createTasksService } from "../../../simulator/tasks/service.ts";
import { createTaskStore } from "../../../simulator/tasks/store.ts";
import { GCLOUD_IMAGE_PROJECTS, gcloudEnv } from "../../../simulator/wire/gcloud-env.ts";
import { startWire, type Wire } from "../../../simulator/wire/server.ts";
import { leaveOut } from "../../support/leave-out.ts";

const ZONE = "europe-west4-a";
/** Milliseconds for one command, which needs one to five seconds of CPU, on a busy machine. */
const COMMAND_MS_MAX = 120_000;
/** A machine boots in a second instead of half a minute. */
const SPEED = 60;

type Row = Readonly<Record<string, unknown>>;

describe("gcloud", function () {
  this.timeout(COMMAND_MS_MAX);
  const calls: ComputeCall[] = [];
  let wire: Wire;
  let env: NodeJS.ProcessEnv;
  let configFolder: string;

  before(async function () {
    const found = (process.env["PATH"] ?? "")
      .split(delimiter)
      .some((folder) => existsSync(join(folder, "gcloud")));
    if (!found) leaveOut(this, "gcloud is not on the PATH; install the Google Cloud SDK to run these");
    const clock = createHastyClock(createRealClock(), SPEED);
    const identity = createIdentity({ clock });
    const world = createComputeWorld({
      clock,
      chance: createSeededChance(1),
      projects: ["demo", ...GCLOUD_IMAGE_PROJECTS],
    });
    wire = await startWire({
      compute: (call) => {
        calls.push(call);
        return world.service(call);
      },
      waiting: { clock, onOperationDone: world.onOperationDone },
      identity,
      secrets: createSecretsService({ store: createSecretStore(clock) }),
      tasks: createTasksService(createTaskStore({ clock, identity, fetch: async () => ({ status: 200 }) })),
    });
    configFolder = await mkdtemp(join(tmpdir(), "clusterwright-gcloud-"));
    env = { ...process.env, ...gcloudEnv({ url: wire.url, project: "demo", configFolder, zone: ZONE }) };
  });
  after(async () => {
    await wire?.close();
    if (configFolder !== undefined) await rm(configFolder, { recursive: true, force: true });
  });

  const run = (
    line: string,
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
    new Promise((resolve) => {
      const options = { env, timeout: COMMAND_MS_MAX };
      execFile("gcloud", line.split(" "), options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
    });
  /** @returns what the command printed as JSON */
  const compute = async (line: string): Promise<unknown> => {
    const { code, stdout, stderr } = await run(`compute ${line} --format=json`);
    assert.equal(code, 0, `gcloud compute ${line}\n${stderr}`);
    assert.doesNotMatch(stderr, /Some requests did not succeed/, line);
    return stdout.trim() === "" ? [] : JSON.parse(stdout);
  };
  const rows = async (line: string): Promise<readonly Row[]> => (await compute(line)) as readonly Row[];
  const names = async (line: string): Promise<readonly unknown[]> =>
    (await rows(line)).map((row) => row["name"]).sort();

  it("creates, lists and describes networks, subnets and firewall rules", async () => {
    await compute("networks create net --subnet-mode=custom");
    await compute(
      "networks subnets create nodes --network=net --range=10.10.0.0/20 --secondary-range=pods=10.64.0.0/16",
    );
    await compute("firewall-rules create ssh --network=net --allow=tcp:22,icmp --source-ranges=10.0.0.0/8");
    assert.deepEqual(await names("networks list"), ["net"]);
    const network = (await compute("networks describe net")) as Row;
    assert.equal(network["autoCreateSubnetworks"], false);
    assert.match(String(network["selfLink"]), /\/compute\/v1\/projects\/demo\/global\/networks\/net$/);
    const [subnet] = await rows("networks subnets list --network=net");
    assert.equal(subnet?.["gatewayAddress"], "10.10.0.1");
    const [rule] = await rows("firewall-rules list");
    assert.equal(rule?.["priority"], 1000);
  });
  it("says what is wrong in the API's words", async () => {
    const taken = await run("compute networks create net --subnet-mode=custom");
    assert.equal(taken.code, 1);
    assert.match(taken.stderr, /The resource 'projects\/demo\/global\/networks\/net' already exists/);
    const used = await run("compute networks delete net");
    assert.match(used.stderr, /is already being used by/);
    const missing = await run("compute disks describe none");
    assert.match(missing.stderr, /zones\/europe-west4-a\/disks\/none' was not found/);
  });
  it("makes a router and its NAT", async () => {
    await compute("routers create nat-router --network=net --region=europe-west4");
    await compute(
      "routers nats create nat --router=nat-router --region=europe-west4 --auto-allocate-nat-external-ips --nat-all-subnet-ip-ranges",
    );
    const router = (await compute("routers describe nat-router --region=europe-west4")) as {
      nats: readonly Row[];
    };
    assert.equal(router.nats[0]?.["natIpAllocateOption"], "AUTO_ONLY");
  });
  it("creates and deletes two addresses in one batch", async () => {
    await compute("addresses create one two --region=europe-west4");
    const addresses = await rows("addresses list");
    assert.deepEqual(
      addresses.map(({ status }) => status),
      ["RESERVED", "RESERVED"],
    );
    await compute("addresses delete one two --region=europe-west4");
    assert.deepEqual(await names("addresses list"), []);
  });
  it("creates, labels, resizes and lists disks", async () => {
    await compute("disks create data logs --size=20GB --type=pd-ssd");
    await compute("disks add-labels data --labels=team=web");
    await compute("disks resize data --size=40GB");
    const disk = (await compute("disks describe data")) as Row;
    assert.deepEqual([disk["sizeGb"], disk["labels"], disk["status"]], ["40", { team: "web" }, "READY"]);
    assert.deepEqual(await names("disks list --filter=labels.team=web"), ["data"]);
    await compute("disks delete data logs");
  });
  it("boots machines from an image family and labels one", async () => {
    await compute(
      "instances create i1 i2 --machine-type=e2-medium --image-family=debian-12 --image-project=debian-cloud --subnet=nodes",
    );
    assert.deepEqual(await names("instances list --filter=status=RUNNING"), ["i1", "i2"]);
    await compute("instances add-labels i1 --labels=team=web");
    await compute("instances add-metadata i1 --metadata=note=one");
    await compute("instances add-metadata i1 --metadata=other=two");
    const machine = (await compute("instances describe i1")) as Row;
    assert.deepEqual(machine["labels"], { team: "web" });
    assert.match(JSON.stringify(machine["metadata"]), /"note".*"other"/);
    assert.match(JSON.stringify(machine["networkInterfaces"]), /"networkIP":\s*"10\.10\.0\.\d+"/);
    const { stdout } = await run("compute instances get-serial-port-output i1");
    assert.ok(stdout.length > 0);
  });
  it("puts machines into an unmanaged group behind a load balancer", async () => {
    await compute("instance-groups unmanaged create api");
    await compute("instance-groups unmanaged add-instances api --instances=i1,i2");
    const members = await rows("instance-groups unmanaged list-instances api");
    assert.equal(members.length, 2);
    await compute("health-checks create tcp api --port=6443 --region=europe-west4");
    await compute(
      "backend-services create api --load-balancing-scheme=internal --protocol=tcp --health-checks=api --health-checks-region=europe-west4 --region=europe-west4",
    );
    await compute(
      "backend-services add-backend api --instance-group=api --instance-group-zone=europe-west4-a --region=europe-west4",
    );
    await compute(
      "forwarding-rules create api --load-balancing-scheme=internal --backend-service=api --ports=6443 --subnet=nodes --region=europe-west4",
    );
    const [rule] = await rows("forwarding-rules list");
    assert.match(String(rule?.["IPAddress"]), /^10\.10\.0\.\d+$/);
    const [health] = await rows("backend-services get-health api --region=europe-west4");
    assert.match(JSON.stringify(health), /healthState/);
  });
  it("takes the load balancer and the machines down again, two machines in one batch", async () => {
    await compute("forwarding-rules delete api --region=europe-west4");
    await compute("backend-services delete api --region=europe-west4");
    await compute("health-checks delete api --region=europe-west4");
    await compute("instance-groups unmanaged delete api");
    calls.length = 0;
    await compute("instances delete i1 i2");
    const deleted = calls.filter(({ method }) => method === "Delete").map(({ params }) => params["instance"]);
    assert.deepEqual(deleted, ["i1", "i2"]);
    assert.deepEqual(await names("instances list"), []);
    assert.deepEqual(await names("health-checks list"), []);
  });
  it("runs a managed group from a template, to another size and away", async () => {
    await compute(
      "instance-templates create web --machine-type=e2-medium --image-family=debian-12 --image-project=debian-cloud --subnet=nodes --region=europe-west4",
    );
    await compute("instance-groups managed create web --template=web --size=1");
    await compute("instance-groups managed resize web --size=3");
    assert.match(
      (await run("compute instance-groups managed wait-until web --stable")).stdout,
      /Group is stable/,
    );
    assert.equal((await rows("instance-groups managed list-instances web")).length, 3);
    const group = (await compute("instance-groups managed describe web")) as Row;
    assert.equal(group["targetSize"], 3);
    assert.deepEqual(await names("instance-groups managed list"), ["web"]);
    assert.deepEqual(await names("instance-groups list"), ["web"]);
    await compute("instance-groups managed delete web");
    await compute("instance-templates delete web");
    assert.deepEqual(await names("instances list"), []);
  });
  it("lists images, machine types, zones and operations", async () => {
    const images = await rows("images list --filter=family:debian-12");
    assert.ok(images.length > 0);
    const family = (await compute("images describe-from-family debian-12 --project=debian-cloud")) as Row;
    assert.equal(family["family"], "debian-12");
    assert.ok((await names(`zones list --filter=region:europe-west4`)).includes(ZONE));
    const operations = await rows("operations list --filter=operationType=insert");
    assert.ok(operations.length > 5);
    assert.ok(operations.every(({ status }) => status === "DONE"));
  });
  it("keeps secrets and queues", async () => {
    const made = await run("secrets create token --replication-policy=automatic --labels=team=web");
    assert.equal(made.code, 0, made.stderr);
    const listed = await run("secrets list --format=value(name)");
    assert.match(listed.stdout, /token/);
    const queue = await run("tasks queues create passes --location=europe-west4");
    assert.equal(queue.code, 0, queue.stderr);
    const queues = await run("tasks queues list --location=europe-west4 --format=value(state)");
    assert.match(queues.stdout, /RUNNING/);
  });
});
