import assert from "node:assert/strict";
import { createBench, GLOBAL, machineBody, PROJECT, REGIONAL, withNetwork, ZONAL } from "./bench-world.ts";

describe("networks, subnetworks, routers and firewalls of the simulated cloud", () => {
  it("wants an IPv4Range for a legacy network, which is what leaving out autoCreateSubnetworks asks for", () => {
    const bench = createBench();
    const refused = bench.refusal(bench.insert("networks", GLOBAL, { name: "net" }));
    assert.equal(refused.reason, "invalid");
    assert.match(refused.message, /legacy network/);
  });

  it("fills in a network's defaults and lists its subnetworks", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const network = bench.get("networks", GLOBAL, "net");
    assert.equal(network?.["mtu"], 1460);
    assert.deepEqual(network?.["routingConfig"], { routingMode: "REGIONAL" });
    assert.deepEqual(network?.["subnetworks"], [
      `https://www.googleapis.com/compute/v1/projects/${PROJECT}/regions/europe-west4/subnetworks/nodes`,
    ]);
    assert.equal(bench.get("subnetworks", REGIONAL, "nodes")?.["gatewayAddress"], "10.10.0.1");
  });

  it("refuses ranges that overlap another subnetwork's, primary or secondary", async () => {
    const bench = createBench();
    await withNetwork(bench);
    for (const ipCidrRange of ["10.10.8.0/24", "10.66.0.0/24", "10.0.0.0/8"]) {
      const body = { name: "other", network: "global/networks/net", ipCidrRange };
      const refused = bench.refusal(bench.insert("subnetworks", REGIONAL, body));
      assert.match(refused.message, /conflicts with existing subnetwork 'nodes'/);
    }
    const twice = { name: "other", network: "global/networks/net", ipCidrRange: "10.20.0.1/24" };
    assert.equal(bench.refusal(bench.insert("subnetworks", REGIONAL, twice)).reason, "invalid");
  });

  it("grows a primary range and never shrinks it", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const expand = (ipCidrRange: string) =>
      bench.verb("subnetworks", REGIONAL, "nodes", "ExpandIpCidrRange", { ipCidrRange });
    assert.equal(bench.refusal(expand("10.10.0.0/21")).status, 400);
    assert.equal(bench.refusal(expand("10.12.0.0/16")).status, 400);
    assert.equal(expand("10.10.0.0/16").status, 200);
    assert.equal(bench.get("subnetworks", REGIONAL, "nodes")?.["ipCidrRange"], "10.10.0.0/16");
  });

  it("keeps a secondary range while a machine has an alias in it", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const nic = {
      subnetwork: "regions/europe-west4/subnetworks/nodes",
      aliasIpRanges: [{ ipCidrRange: "/24", subnetworkRangeName: "pods" }],
    };
    const machine = await bench.make("instances", ZONAL, machineBody("m", { networkInterfaces: [nic] }));
    const [first] = machine["networkInterfaces"] as { aliasIpRanges: { ipCidrRange: string }[] }[];
    assert.deepEqual(first?.aliasIpRanges, [{ ipCidrRange: "10.64.0.0/24", subnetworkRangeName: "pods" }]);
    const fingerprint = bench.get("subnetworks", REGIONAL, "nodes")?.["fingerprint"] ?? "";
    const patch = bench.verb("subnetworks", REGIONAL, "nodes", "Patch", {
      fingerprint,
      secondaryIpRanges: [],
    });
    assert.equal(bench.refusal(patch).reason, "resourceInUseByAnotherResource");
  });

  it("opens a firewall rule without a source to everyone, as the real one does", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const rule = await bench.make("firewalls", GLOBAL, {
      name: "ssh",
      network: "global/networks/net",
      allowed: [{ IPProtocol: "tcp", ports: ["22"] }],
    });
    assert.deepEqual(rule["sourceRanges"], ["0.0.0.0/0"]);
    assert.equal(rule["priority"], 1000);
    assert.equal(rule["direction"], "INGRESS");
  });

  it("refuses firewall rules that say nothing, or both, or mix address families", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const network = "global/networks/net";
    const tcp = [{ IPProtocol: "tcp", ports: ["22"] }];
    for (const body of [
      { name: "a", network },
      { name: "a", network, allowed: tcp, denied: tcp },
      { name: "a", network, allowed: tcp, sourceRanges: ["10.0.0.0/8", "fd00::/8"] },
      { name: "a", network, allowed: [{ IPProtocol: "icmp", ports: ["1"] }] },
      { name: "a", network, allowed: tcp, priority: 70_000 },
    ]) {
      assert.equal(bench.refusal(bench.insert("firewalls", GLOBAL, body)).status, 400, JSON.stringify(body));
    }
  });

  it("allows no other NAT beside one for all ranges in a network and region", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const nat = (name: string) => ({
      name,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
    });
    const router = await bench.make("routers", REGIONAL, {
      name: "r1",
      network: "global/networks/net",
      nats: [nat("n1")],
    });
    assert.equal((router["nats"] as { minPortsPerVm: number }[])[0]?.minPortsPerVm, 64);
    const second = { name: "r2", network: "global/networks/net", nats: [nat("n2")] };
    assert.match(bench.refusal(bench.insert("routers", REGIONAL, second)).message, /no other NAT/);
  });

  it("names the user of a network that shall be deleted", async () => {
    const bench = createBench();
    await withNetwork(bench);
    const refused = bench.refusal(bench.verb("networks", GLOBAL, "net", "Delete"));
    assert.equal(refused.reason, "resourceInUseByAnotherResource");
    assert.match(
      refused.message,
      /already being used by 'projects\/acme-test\/regions\/europe-west4\/subnetworks\/nodes'/,
    );
  });

  it("has a default network only when asked for one", () => {
    assert.equal(createBench().get("networks", GLOBAL, "default"), undefined);
    const bench = createBench({ defaultNetwork: true });
    assert.equal(bench.get("networks", GLOBAL, "default")?.["autoCreateSubnetworks"], true);
    assert.equal(bench.get("subnetworks", REGIONAL, "default")?.["stackType"], "IPV4_ONLY");
  });
});
