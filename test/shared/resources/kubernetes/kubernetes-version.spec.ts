/** kubeadm's configuration moves first, kube-proxy and CoreDNS follow, and a cluster that stays as it is asks nothing. */
import assert from "node:assert/strict";
import {
  kubernetesVersion as kind,
  kubeadmUnready,
  type ObservedVersion,
} from "../../../../shared/resources/kubernetes/kubernetes-version.ts";
import type { Cluster, UpgradePins } from "../../../../shared/resources/resource.ts";
import { exampleSpec, TEST_NOW_MS } from "../../../support/specs.ts";

const spec = exampleSpec("quickstart");
function cluster(present: string, upgrade?: UpgradePins): Cluster {
  return {
    id: "quickstart",
    uid: "ab12cd",
    spec,
    pins: { kubernetesVersion: present, images: {}, initialised: true, ...(upgrade && { upgrade }) },
    facts: { apiExternalAddress: "203.0.113.7" },
    deleting: false,
    joinUrl: "https://join.example.com",
  };
}
function config(text: string): ObservedVersion {
  const name = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
  return {
    name,
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kubeadm-config", namespace: "kube-system", resourceVersion: "7" },
      data: { ClusterConfiguration: text },
    } as never,
  };
}
function proxy(image: string): ObservedVersion {
  const name = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
  const containers = [
    { name: "kube-proxy", image, command: ["/usr/local/bin/kube-proxy"] },
    { name: "other" },
  ];
  return {
    name,
    object: {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "kube-proxy", namespace: "kube-system", resourceVersion: "8" },
      spec: { template: { spec: { containers } } },
    } as never,
  };
}
function dns(image: string): ObservedVersion {
  const name = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
  const containers = [{ name: "coredns", image, args: ["-conf", "/etc/coredns/Corefile"] }];
  const { object } = proxy(image);
  return { name, object: { ...object, spec: { replicas: 3, template: { spec: { containers } } } } as never };
}
const COREDNS = "registry.k8s.io/coredns/coredns";
const TEXT =
  "# by kubeadm\napiServer:\n  certSANs:\n  - 203.0.113.7\nkubernetesVersion: v1.35.8\nnetworking:\n  dnsDomain: cluster.local\n";
const plan = (of: Cluster, observed: readonly ObservedVersion[]) =>
  kind.plan({ cluster: of, desired: [], observed, nowMs: TEST_NOW_MS });

describe("the managed kind kubernetes-version", () => {
  const climbing = { from: "1.35.8", nodes: "1.35.8" };

  it("patches kubeadm's configuration and nothing else of it", () => {
    const { actions } = plan(cluster("1.36.4", climbing), [
      config(TEXT),
      proxy("registry.k8s.io/kube-proxy:v1.35.8"),
      dns(`${COREDNS}:v1.13.1`),
    ]);
    assert.equal(actions.length, 1, "kube-proxy and CoreDNS wait for the API servers");
    assert.deepEqual(actions[0]?.patch, {
      metadata: { resourceVersion: "7" },
      data: { ClusterConfiguration: TEXT.replace("v1.35.8", "v1.36.4") },
    });
  });

  it("has certificates name an address that they do not name yet", () => {
    const [action] = plan(cluster("1.35.8"), [config(TEXT.replace("203.0.113.7", "10.0.0.9"))]).actions;
    assert.equal(action?.reason, "certificates of API servers name 203.0.113.7");
    assert.match(
      JSON.stringify(action?.patch),
      /- 10\.0\.0\.9\\n {4}- 203\.0\.113\.7|- 10\.0\.0\.9\\n {2}- 203\.0\.113\.7/,
    );
  });

  it("lets kube-proxy follow once all API servers have the version, its other containers as they are", () => {
    const through = cluster("1.36.4", { from: "1.35.8", nodes: "1.36.4" });
    const { actions } = plan(through, [proxy("registry.k8s.io/kube-proxy:v1.35.8")]);
    const told = JSON.stringify(actions[0]?.patch);
    assert.match(told, /kube-proxy:v1\.36\.4.*"command".*"name":"other"/);
    assert.deepEqual(plan(through, [proxy("mirror.example.com/proxy@sha256:00")]).actions, []);
  });

  it("brings CoreDNS along as kubeadm would, its replicas and arguments as they are", () => {
    const through = cluster("1.36.4", { from: "1.35.8", nodes: "1.36.4" });
    const [action] = plan(through, [dns("mirror.example.com/coredns:v1.13.1")]).actions;
    assert.equal(action?.reason, "CoreDNS 1.13.1 → 1.14.2, as kubeadm 1.36.4 has it");
    const args = ["-conf", "/etc/coredns/Corefile"];
    assert.deepEqual(action?.patch, {
      metadata: { resourceVersion: "8" },
      spec: {
        template: {
          spec: { containers: [{ name: "coredns", image: "mirror.example.com/coredns:v1.14.2", args }] },
        },
      },
    });
    for (const image of [
      `${COREDNS}:v1.14.2`,
      `${COREDNS}:v1.15.0`,
      `${COREDNS}@sha256:00`,
      "mine/dns:v1.0.0",
    ])
      assert.deepEqual(plan(through, [dns(image)]).actions, [], image);
  });

  it("teaches what kubeadm has installed, but for images from elsewhere", () => {
    const taught = (...observed: readonly ObservedVersion[]) =>
      kind.learn?.(observed, cluster("1.36.4"))?.kubeadmAddons;
    assert.deepEqual(taught(proxy("registry.k8s.io/kube-proxy:v1.35.8"), dns(`${COREDNS}:v1.13.1`)), [
      { name: "kube-proxy", version: "1.35.8" },
      { name: "CoreDNS", version: "1.13.1" },
    ]);
    assert.deepEqual(taught(proxy("mirror.example.com/proxy@sha256:00")), []);
    assert.equal(taught(), undefined, "nothing was looked at");
  });

  it("teaches what kubeadm would do; until that is right no member goes", () => {
    const facts = (text: string) => kind.learn?.([config(text)], cluster("1.36.4")) ?? {};
    const unready = (text: string) =>
      kubeadmUnready({ ...cluster("1.36.4"), facts: { ...cluster("").facts, ...facts(text) } });
    assert.deepEqual(facts(TEXT).kubeadm, { kubernetesVersion: "1.35.8", certSANs: ["203.0.113.7"] });
    assert.match(unready(TEXT) ?? "", /to be brought up to date$/);
    assert.equal(unready(TEXT.replace("v1.35.8", "v1.36.4")), undefined);
    for (const nonsense of ["", "a: [", "- 1", "{apiServer: {certSANs: 7}}", "\u0000"])
      assert.notEqual(unready(nonsense), undefined, nonsense);
  });

  it("looks at nothing in a cluster that stays as it is", async () => {
    const cloud = new Proxy({}, { get: () => assert.fail("a call") }) as never;
    assert.deepEqual(await kind.observe(cloud, cluster("1.36.4")), []);
  });
});
