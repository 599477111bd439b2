/** Decides from its metadata alone whether a simulated machine would become a node, as its operating system would see it. */
import { hash } from "node:crypto";
import { createMemory } from "../remembered.ts";
import { BootFailure, type BootInput, type BootOutcome, type BootPlan, stepFailure } from "./boot-plan.ts";
import { checkControlPlane, checkJoining, checkRanges, readCluster } from "./check-cluster.ts";
import { checkHost } from "./check-host.ts";
import { checkKubeletArguments, checkLabels } from "./check-kubelet.ts";
import { checkPackages } from "./check-packages.ts";
import { checkScript } from "./check-script.ts";
import { IMAGES } from "./image-facts.ts";
import { readKubeadmDocuments } from "./kubeadm-documents.ts";
import { type NodeFacts, readNodeFacts } from "./node-facts.ts";
import { readPayload } from "./read-payload.ts";

const OUTCOMES_KEPT_MAX = 256;
const SCRIPTS_KEPT_MAX = 64;
/** The machines of a pool boot from the same data, and every machine's script is one of a few. */
const outcomes = createMemory<BootOutcome>(OUTCOMES_KEPT_MAX);
const checkedScripts = createMemory<true>(SCRIPTS_KEPT_MAX);

/** Pure. A failure's `console` is what the serial port shows, the last line the cause. */
export function interpretBoot(input: BootInput): BootOutcome {
  return outcomes(hash("sha1", JSON.stringify(input)), () => interpret(input));
}
function interpret(input: BootInput): BootOutcome {
  const console: string[] = [];
  try {
    return { ok: true, plan: plan(input, console) };
  } catch (error) {
    if (!(error instanceof BootFailure)) throw error;
    return { ok: false, reason: error.reason, console: [...console, error.message] };
  }
}

function plan({ metadata, os, kubernetesVersions }: BootInput, console: string[]): BootPlan {
  const image = IMAGES[os];
  const step = (name: string, detail: string): void => {
    console.push(`clusterwright: step ${name} ${detail}`);
  };
  const { files, script, console: lines } = readPayload(metadata, os);
  console.push(...lines);
  const node = readNodeFacts(files);
  if (node.role !== "worker" && !image.persistentEtc)
    throw stepFailure(
      "unsupported-role",
      "start",
      `a ${os} machine forgets /etc at every boot and cannot be a control plane`,
    );
  checkedScripts(`${node.role} ${os} ${script}`, () => {
    checkScript(script, node.role, image);
    return true;
  });
  step("kernel", "modules, sysctls, swap off");
  checkHost(files);
  if (node.etcdDeviceName !== undefined) step("etcd-disk", node.etcdDeviceName);
  checkControlPlane(node);
  step("labels", "names that the kubelet would take");
  checkLabels(node);
  step("packages", `Kubernetes ${node.kubernetesVersion} and containerd`);
  checkPackages({ node, files, os, kubernetesVersions });
  step("containerd", "configuration version 3, systemd cgroups");
  const first = node.role === "control-plane-init";
  const documents = readKubeadmDocuments(files, first ? "kubeadm-init" : "kubeadm-join");
  checkJoining(node, documents);
  checkRanges(node);
  const registration = (first ? documents.InitConfiguration : documents.JoinConfiguration)?.nodeRegistration;
  checkKubeletArguments(node, registration?.kubeletExtraArgs ?? [], files);
  const cluster = first ? readCluster(node, documents) : undefined;
  if (node.role !== "worker") step("pki", "reading the cluster's keys from Secret Manager");
  if (!first) step("join-request", `asking as ${node.role === "worker" ? "worker" : "control-plane"}`);
  return {
    ...nodePart(node),
    ...(cluster === undefined ? {} : { cluster }),
    taints: registration?.taints ?? [],
    image: image.node,
    console,
  };
}

function nodePart(node: NodeFacts) {
  const { clusterId, uid, project, region, role, pool, member, kubernetesVersion, joinUrl, caHash } = node;
  const { apiServerEndpoint, pkiSecret, etcdDeviceName, network, plugin, nodeLabels } = node;
  return {
    clusterId,
    uid,
    project,
    region,
    role,
    ...(pool === undefined ? {} : { pool }),
    ...(member === undefined ? {} : { member }),
    kubernetesVersion,
    joinUrl,
    caHash,
    apiEndpoint: apiServerEndpoint,
    ...(pkiSecret === undefined ? {} : { pkiSecret }),
    ...(etcdDeviceName === undefined ? {} : { etcdDeviceName }),
    network,
    plugin,
    labels: nodeLabels,
  };
}
