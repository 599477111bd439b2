import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type KubernetesServer, serveKubernetes } from "../../../simulator/kubernetes/server.ts";
import { leaveOut } from "../../support/leave-out.ts";
import { clientCertificate, deployment, makeCluster } from "./fixture.ts";

const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/lib/google-cloud-sdk/bin"];
const NAMES = ["kubectl", "kubectl.1.27", "kubectl.1.30", "kubectl.1.33"];
// kubectl sleeps five seconds of real time before it tries a blocked eviction again: once with each way of evicting.
const DRAINERS = new Set(["kubectl.1.27", "kubectl.1.33"]);
// Virtual time passes while kubectl runs: it polls and waits by its own clock.
const VIRTUAL_STEP_MS = 500;
const WALL_STEP_MS = 5;
const COMMAND_TIMEOUT_MS = 30_000;

function found(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

for (const name of NAMES) {
  describe(`${name} against a simulated cluster`, function () {
    this.timeout(COMMAND_TIMEOUT_MS * 2);
    const path = found(name);
    let made: Awaited<ReturnType<typeof makeCluster>>;
    let server: KubernetesServer;
    let home = "";

    before(async function () {
      if (path === undefined) leaveOut(this, `${name} was not found in ${FOLDERS.join(", ")}`);
      made = await makeCluster();
      made.join("worker-a", 3, { externalIp: "203.0.113.7" });
      made.join("worker-b", 4);
      await made.installNetwork();
      made.ask("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web", 3));
      await made.seconds(40);
      server = await serveKubernetes({
        cluster: made.cluster,
        host: "127.0.0.1",
        port: 0,
        alternativeNames: [],
      });
      const { certificate, key } = await clientCertificate(made.ca, "CN=kubernetes-admin,O=system:masters");
      home = mkdtempSync(join(tmpdir(), "kubectl-"));
      mkdirSync(join(home, ".kube"));
      const base64 = (text: string) => Buffer.from(text).toString("base64");
      const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": "c",
        clusters: [
          {
            name: "c",
            cluster: {
              server: `https://127.0.0.1:${server.port}`,
              "certificate-authority-data": base64(made.ca.certificatePem),
            },
          },
        ],
        users: [
          {
            name: "u",
            user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) },
          },
        ],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      };
      writeFileSync(join(home, ".kube", "config"), JSON.stringify(config));
    });
    after(async () => {
      await server?.close();
      if (home !== "") rmSync(home, { recursive: true, force: true });
    });

    function start(args: readonly string[], input?: unknown): { child: ChildProcess; done: Promise<Ran> } {
      const child = spawn(path ?? "", args, {
        env: { HOME: home, PATH: "/usr/bin:/bin", NO_PROXY: "127.0.0.1" },
      });
      let out = "";
      let err = "";
      child.stdout.on("data", (chunk) => {
        out += chunk;
      });
      child.stderr.on("data", (chunk) => {
        err += chunk;
      });
      child.stdin.end(input === undefined ? "" : JSON.stringify(input));
      const done = new Promise<Ran>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
      return { child, done };
    }
    async function timePassesUntil(done: Promise<unknown>): Promise<void> {
      let over = false;
      void done.then(() => {
        over = true;
      });
      while (!over) {
        await made.clock.advance(VIRTUAL_STEP_MS);
        await new Promise((resolve) => setTimeout(resolve, WALL_STEP_MS));
      }
    }
    async function kubectl(args: string, input?: unknown): Promise<Ran> {
      const { done } = start(args.split(" "), input);
      await timePassesUntil(done);
      return done;
    }
    async function ok(args: string, input?: unknown): Promise<string> {
      const { code, out, err } = await kubectl(args, input);
      assert.equal(code, 0, `kubectl ${args}: ${err}`);
      return out;
    }

    it("prints nodes and pods in the columns that people know", async () => {
      const nodes = (await ok("get nodes -o wide")).trim().split("\n");
      assert.match(
        nodes[0] ?? "",
        /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME/,
      );
      assert.match(
        nodes[1] ?? "",
        /^cp-0 +Ready +control-plane +\S+ +v1\.36\.4 +10\.10\.0\.2 +<none> +Ubuntu 24\.04\.3 LTS/,
      );
      assert.equal(nodes.length, 4);
      const pods = await ok("get pods -A -o wide");
      assert.match(
        pods,
        /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES/,
      );
      assert.match(pods, /kube-system +etcd-cp-0 +1\/1 +Running +0/);
      assert.match(pods, /kube-system +cilium-install-\S+ +0\/1 +Completed/);
      assert.match(
        await ok("get deployments,daemonsets,jobs,pdb,secrets,leases,csr -A"),
        /deployment\.apps\/coredns +2\/2 +2 +2/,
      );
    });

    it("shows an API server that crashes over and over on a node that is Ready", async () => {
      made.cluster.killPart("cp-0", "kube-apiserver");
      await made.seconds(30);
      const pods = await ok("get pods -n kube-system -l tier=control-plane");
      assert.match(pods, /kube-apiserver-cp-0 +0\/1 +CrashLoopBackOff +1 \(\S+ ago\)/);
      assert.match(pods, /etcd-cp-0 +1\/1 +Running/);
      assert.match(await ok("get nodes cp-0"), /cp-0 +Ready/);
      const told = await ok("describe pod -n kube-system kube-apiserver-cp-0");
      assert.match(told, /Reason: +CrashLoopBackOff/);
      assert.match(told, /Last State: +Terminated\n +Reason: +Error/);
      made.cluster.mendParts("cp-0");
      await made.seconds(5);
      assert.match(await ok("get pods -n kube-system kube-apiserver-cp-0"), /1\/1 +Running/);
    });

    it("describes a node with its conditions, pods and lease", async () => {
      const text = await ok("describe node worker-a");
      assert.match(text, /Ready +True .*KubeletReady +kubelet is posting ready status/);
      assert.match(text, /HolderIdentity: +worker-a/);
      assert.match(text, /kube-system +kube-proxy-/);
      assert.match(text, /Container Runtime Version: +containerd:\/\/2\.3\.2/);
    });

    it("says versions, resources and what one may do", async () => {
      assert.match(await ok("version --output=json"), /"gitVersion": "v1\.36\.4"/);
      assert.match(
        await ok("api-resources"),
        /poddisruptionbudgets +pdb +policy\/v1 +true +PodDisruptionBudget/,
      );
      assert.equal((await ok("auth can-i delete nodes")).trim(), "yes");
      assert.match(await ok("explain node"), /KIND: +Node/);
    });

    it("fails honestly where there are no metrics", async () => {
      const { code, err } = await kubectl("top nodes");
      assert.notEqual(code, 0);
      assert.match(err, /Metrics API not available/);
    });

    it("applies from the client and from the server, and deletes", async () => {
      const config = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { a: "1" },
      };
      assert.match(await ok("apply -f -", config), /configmap\/settings created/);
      assert.match(await ok("apply -f -", config), /unchanged/);
      assert.match(await ok("apply -f -", { ...config, data: { b: "2" } }), /configured/);
      assert.equal(await ok("get configmap settings -o jsonpath={.data}"), '{"b":"2"}');
      const conflict = await kubectl("apply --server-side --field-manager=ours -f -", {
        ...config,
        data: { b: "3" },
      });
      assert.notEqual(conflict.code, 0);
      assert.match(conflict.err, /conflict with "kubectl-client-side-apply" using v1/);
      assert.match(
        await ok("apply --server-side --force-conflicts --field-manager=ours -f -", {
          ...config,
          data: { b: "3" },
        }),
        /serverside-applied/,
      );
      const strict = await kubectl("apply -f -", { ...config, dota: {} });
      assert.match(strict.err, /unknown field "dota"/);
      assert.match(await ok("delete configmap settings"), /"settings" deleted/);
    });

    it("makes things by name", async () => {
      assert.match(await ok("create namespace team"), /namespace\/team created/);
      assert.match(
        await ok("create secret generic password --from-literal=key=value"),
        /secret\/password created/,
      );
      assert.equal(
        await ok("get secret password -o jsonpath={.data.key}"),
        Buffer.from("value").toString("base64"),
      );
      assert.match(
        await ok("create deployment made --image=nginx:1.29 --replicas=2"),
        /deployment\.apps\/made created/,
      );
      assert.match(await ok("rollout status deployment/made --timeout=20s"), /successfully rolled out/);
      assert.match(await ok("delete deployment made"), /deleted/);
      assert.match(await ok("delete namespace team"), /deleted/);
    });

    if (DRAINERS.has(name))
      it("drains a node only when the disruption budget allows it", async () => {
        assert.match(await ok("cordon worker-b"), /cordoned/);
        await ok("delete pods -l app=web --grace-period=1");
        await ok("wait --for=condition=Available deployment/web --timeout=20s");
        assert.match(await ok("uncordon worker-b"), /uncordoned/);
        const budget = {
          apiVersion: "policy/v1",
          kind: "PodDisruptionBudget",
          metadata: { name: "web" },
          spec: { minAvailable: 3, selector: { matchLabels: { app: "web" } } },
        };
        await ok("apply -f -", budget);
        const blocked = await kubectl("drain worker-a --ignore-daemonsets --grace-period=1 --timeout=3s");
        assert.notEqual(blocked.code, 0);
        assert.match(blocked.err, /Cannot evict pod as it would violate the pod's disruption budget/);
        await ok("apply -f -", { ...budget, spec: { ...budget.spec, minAvailable: 0 } });
        assert.match(
          await ok("drain worker-a --ignore-daemonsets --grace-period=1 --timeout=20s"),
          /node\/worker-a drained/,
        );
        assert.match(await ok("get nodes worker-a"), /Ready,SchedulingDisabled/);
        await ok("uncordon worker-a");
      });

    it("watches, and reads a log that claims nothing", async () => {
      const { child, done } = start(["get", "nodes", "worker-a", "-w", "--no-headers"]);
      let printed = "";
      let isCordoned = false;
      // kubectl may write one line in several pieces: only whole lines count.
      const wholeLines = () => printed.split("\n").slice(0, -1);
      const twice = new Promise<void>((resolve) => {
        child.stdout?.on("data", (chunk: Buffer) => {
          printed += chunk.toString();
          if (wholeLines().length >= 1 && !isCordoned) {
            isCordoned = true;
            made.ask(
              "PATCH",
              "/api/v1/nodes/worker-a",
              { spec: { unschedulable: true } },
              { "content-type": "application/merge-patch+json" },
            );
          }
          if (wholeLines().length >= 2) resolve();
        });
        void done.then(() => resolve());
      });
      await timePassesUntil(twice);
      child.kill();
      await done;
      await ok("uncordon worker-a");
      const [before, after] = wholeLines();
      assert.match(before ?? "", /worker-a +Ready +<none>/);
      assert.match(after ?? "", /worker-a +Ready,SchedulingDisabled/);
      assert.match(await ok("logs -n kube-system etcd-cp-0"), /no process runs here/);
    });
  });
}
