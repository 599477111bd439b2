import assert from "node:assert/strict";
import type { JsonObject } from "../../../simulator/compute/call.ts";
import { asText } from "../../../simulator/compute/json.ts";
import {
  type Bench,
  createBench,
  GLOBAL,
  machineBody,
  PROJECT,
  REGIONAL,
  withNetwork,
  ZONAL,
  ZONE,
} from "./bench-world.ts";

const GROUP_URL = `https://www.googleapis.com/compute/v1/projects/${PROJECT}/zones/${ZONE}/instanceGroups/masters`;
const path = (name: string) => `projects/${PROJECT}/zones/${ZONE}/instances/${name}`;
const names = (machines: readonly { readonly name: string }[]) => machines.map(({ name }) => name);

/** Two control-plane machines in a group behind an internal and an external balancer; `healthy` answers probes. */
async function withBalancers(healthy: Set<string>): Promise<Bench> {
  const bench = createBench({
    hooks: { probe: (_address, port, machine) => port === 6443 && healthy.has(machine.name) },
  });
  await withNetwork(bench);
  const network = "global/networks/net";
  const subnetwork = "regions/europe-west4/subnetworks/nodes";
  const allow = (name: string, sourceRanges: string[]) =>
    bench.make("firewalls", GLOBAL, {
      name,
      network,
      sourceRanges,
      targetTags: ["master"],
      allowed: [{ IPProtocol: "tcp", ports: ["6443"] }],
    });
  await allow("probes", ["35.191.0.0/16", "130.211.0.0/22"]);
  await allow("nodes", ["10.10.0.0/20"]);
  for (const name of ["cp-0", "cp-1"])
    await bench.make("instances", ZONAL, machineBody(name, { tags: { items: ["master"] } }));
  await bench.make("instances", ZONAL, machineBody("worker"));
  await bench.make("instanceGroups", ZONAL, { name: "masters" });
  const instances = ["cp-0", "cp-1"].map((name) => ({ instance: `zones/${ZONE}/instances/${name}` }));
  await bench.finish(bench.verb("instanceGroups", ZONAL, "masters", "AddInstances", { instances }).body);
  await bench.make("healthChecks", REGIONAL, { name: "check", type: "TCP", tcpHealthCheck: { port: 6443 } });
  for (const [name, scheme] of [
    ["inner", "INTERNAL"],
    ["outer", "EXTERNAL"],
  ] as const) {
    await bench.make("backendServices", REGIONAL, {
      name,
      loadBalancingScheme: scheme,
      protocol: "TCP",
      healthChecks: ["regions/europe-west4/healthChecks/check"],
      backends: [{ group: GROUP_URL }],
    });
  }
  await bench.make("addresses", REGIONAL, { name: "api-inner", addressType: "INTERNAL", subnetwork });
  await bench.make("addresses", REGIONAL, { name: "api-outer" });
  const rule = (name: string, more: JsonObject) =>
    bench.make("forwardingRules", REGIONAL, { name, ports: ["6443"], ...more });
  await rule("inner", {
    loadBalancingScheme: "INTERNAL",
    backendService: "regions/europe-west4/backendServices/inner",
    subnetwork,
    IPAddress: "regions/europe-west4/addresses/api-inner",
  });
  await rule("outer", {
    backendService: "regions/europe-west4/backendServices/outer",
    IPAddress: asText(bench.get("addresses", REGIONAL, "api-outer")?.["address"]),
  });
  return bench;
}
const addressOf = (bench: Bench, name: string) =>
  asText(bench.get("addresses", REGIONAL, name)?.["address"]) ?? "";

describe("addresses and load balancers of the simulated cloud", () => {
  it("leads an internal address to healthy backends first, and to all that run when none is healthy", async () => {
    const healthy = new Set(["cp-1"]);
    const bench = await withBalancers(healthy);
    const ask = () =>
      bench.cloud.resolveEndpoint(addressOf(bench, "api-inner"), 6443, { machine: path("worker") });
    assert.deepEqual(names(ask().machines), ["cp-1"]);
    healthy.clear();
    assert.deepEqual(names(ask().machines), ["cp-0", "cp-1"]);
  });

  it("leads a backend of an internal balancer to itself, healthy or not", async () => {
    const bench = await withBalancers(new Set(["cp-0"]));
    const found = bench.cloud.resolveEndpoint(addressOf(bench, "api-inner"), 6443, { machine: path("cp-1") });
    assert.deepEqual(names(found.machines), ["cp-1"]);
  });

  it("lets through only what a firewall rule lets in, and says so", async () => {
    const bench = await withBalancers(new Set(["cp-0"]));
    const address = addressOf(bench, "api-inner");
    const pod = bench.cloud.resolveEndpoint(address, 6443, { machine: path("worker"), address: "10.64.0.7" });
    assert.deepEqual(pod.machines, []);
    assert.match(pod.reason ?? "", /no firewall rule lets port 6443 in/);
    const port = bench.cloud.resolveEndpoint(address, 22, { machine: path("worker") });
    assert.match(port.reason ?? "", /nothing forwards port 22/);
    const machine = bench.cloud.machine(path("cp-0"))?.networkIP ?? "";
    assert.deepEqual(bench.cloud.resolveEndpoint(machine, 10250, { machine: path("worker") }).machines, []);
    assert.deepEqual(
      names(bench.cloud.resolveEndpoint(machine, 6443, { machine: path("worker") }).machines),
      ["cp-0"],
    );
  });

  it("leads an external address, which is a loopback address, to the machines from outside", async () => {
    const bench = await withBalancers(new Set(["cp-0", "cp-1"]));
    const address = addressOf(bench, "api-outer");
    assert.match(address, /^127\./);
    assert.deepEqual(names(bench.cloud.resolveEndpoint(address, 6443).machines), ["cp-0", "cp-1"]);
    const nobody = bench.cloud.resolveEndpoint("127.99.0.9", 6443);
    assert.match(nobody.reason ?? "", /no one has the address/);
  });

  it("answers those who ask again as things are now: probes, firewall rules, members, power and forwarding rules", async () => {
    const healthy = new Set(["cp-0", "cp-1"]);
    const bench = await withBalancers(healthy);
    const address = addressOf(bench, "api-outer");
    const ask = () => names(bench.cloud.resolveEndpoint(address, 6443).machines);
    assert.deepEqual(ask(), ["cp-0", "cp-1"]);
    healthy.delete("cp-0");
    assert.deepEqual(ask(), ["cp-1"]);
    healthy.add("cp-0");
    assert.deepEqual(ask(), ["cp-0", "cp-1"]);
    await bench.finish(bench.verb("instances", ZONAL, "cp-0", "Stop").body);
    assert.deepEqual(ask(), ["cp-1"]);
    await bench.finish(bench.verb("instances", ZONAL, "cp-0", "Start").body);
    const instances = [{ instance: `zones/${ZONE}/instances/cp-1` }];
    await bench.finish(bench.verb("instanceGroups", ZONAL, "masters", "RemoveInstances", { instances }).body);
    assert.deepEqual(ask(), ["cp-0"]);
    await bench.drop("firewalls", GLOBAL, "nodes");
    await bench.drop("firewalls", GLOBAL, "probes");
    assert.deepEqual(ask(), []);
    await bench.drop("forwardingRules", REGIONAL, "outer");
    assert.match(bench.cloud.resolveEndpoint(address, 6443).reason ?? "", /nothing forwards port 6443/);
  });

  it("answers the health of a group by asking the machines, through the firewall", async () => {
    const bench = await withBalancers(new Set(["cp-0"]));
    const health = () => {
      const answer = bench.verb("backendServices", REGIONAL, "inner", "GetHealth", { group: GROUP_URL });
      return (answer.body["healthStatus"] as { healthState: string }[]).map(({ healthState }) => healthState);
    };
    assert.deepEqual(health(), ["HEALTHY", "UNHEALTHY"]);
    await bench.drop("firewalls", GLOBAL, "probes");
    assert.deepEqual(health(), ["UNHEALTHY", "UNHEALTHY"]);
    assert.deepEqual(
      bench.cloud
        .backendHealth(`projects/${PROJECT}/regions/europe-west4/backendServices/inner`)
        .map(({ healthy }) => healthy),
      [false, false],
    );
  });

  it("translates the port behind a proxy through the group's named port", async () => {
    const bench = await withBalancers(new Set(["cp-0"]));
    await bench.finish(
      bench.verb("instanceGroups", ZONAL, "masters", "SetNamedPorts", {
        namedPorts: [{ name: "apiserver", port: 6443 }],
      }).body,
    );
    await bench.make("healthChecks", GLOBAL, {
      name: "global-check",
      type: "TCP",
      tcpHealthCheck: { port: 6443 },
    });
    await bench.make("backendServices", GLOBAL, {
      name: "proxied",
      protocol: "TCP",
      portName: "apiserver",
      healthChecks: ["global/healthChecks/global-check"],
      backends: [{ group: GROUP_URL, balancingMode: "CONNECTION", maxConnections: 1000 }],
    });
    await bench.make("targetTcpProxies", GLOBAL, {
      name: "proxy",
      service: "global/backendServices/proxied",
    });
    const rule = await bench.make("forwardingRules", GLOBAL, {
      name: "api",
      target: "global/targetTcpProxies/proxy",
      portRange: "443",
    });
    assert.equal(rule["portRange"], "443-443");
    const found = bench.cloud.resolveEndpoint(String(rule["IPAddress"]), 443);
    assert.deepEqual([names(found.machines), found.port], [["cp-0"], 6443]);
  });

  it("refuses unlike balancing modes of a shared group, partial group links and second health checks", async () => {
    const bench = await withBalancers(new Set());
    const service = (more: JsonObject) =>
      bench.refusal(bench.insert("backendServices", GLOBAL, { name: "x", protocol: "TCP", ...more }));
    assert.match(service({ backends: [{ group: GROUP_URL }] }).message, /incompatible balancing_mode/);
    assert.match(
      service({ backends: [{ group: `zones/${ZONE}/instanceGroups/masters` }] }).message,
      /Must be a full URL/,
    );
    const check = "regions/europe-west4/healthChecks/check";
    assert.match(service({ healthChecks: [check, check] }).message, /At most one/);
  });

  it("marks a reserved address in use, and gives it to no second rule for the same port", async () => {
    const bench = await withBalancers(new Set());
    const address = bench.get("addresses", REGIONAL, "api-inner");
    assert.equal(address?.["status"], "IN_USE");
    const again = bench.insert("forwardingRules", REGIONAL, {
      name: "again",
      loadBalancingScheme: "INTERNAL",
      backendService: "regions/europe-west4/backendServices/inner",
      subnetwork: "regions/europe-west4/subnetworks/nodes",
      IPAddress: asText(address?.["address"]),
      ports: ["6443"],
    });
    assert.match(bench.refusal(again).message, /in-use and would result in a conflict/);
    const refused = bench.refusal(bench.verb("addresses", REGIONAL, "api-inner", "Delete"));
    assert.equal(refused.reason, "resourceInUseByAnotherResource");
    await bench.drop("forwardingRules", REGIONAL, "inner");
    assert.equal(bench.get("addresses", REGIONAL, "api-inner")?.["status"], "RESERVED");
    await bench.drop("addresses", REGIONAL, "api-inner");
  });
});
