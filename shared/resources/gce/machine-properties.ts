/** What control-plane machines and the machines of pools have in common. */
import { type MachineInput, renderMachine } from "../../bootstrap/machine.ts";
import type { InstanceProperties, Metadata, NetworkInterface } from "../../ports/compute-types.ts";
import type { OperatingSystem } from "../../spec/cluster.ts";
import { API_PORT } from "../api-server.ts";
import type { Cluster } from "../resource.ts";
import { nodesVersion } from "../versions.ts";
import { imageKey } from "./image-families.ts";
import { apiSides, computeUrl, networkRef, PODS_RANGE, subnetworkRef } from "./places.ts";
import { type AccountRole, machineAccount } from "./service-accounts.ts";

/** The scope that leaves deciding to IAM. */
const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];
/** Pods of one machine: 110 pods want a /24. Source: kubelet's --max-pods and GKE's pod ranges. */
const PODS_OF_A_MACHINE = "/24";
/** Images whose boot loader is not signed for Secure Boot (verify with a new image of theirs). */
const UNSIGNED: readonly OperatingSystem[] = ["flatcar"];

/** Facts that boot data needs; what is missing is said. */
export interface BootFacts {
  readonly caHash: string;
  readonly api: MachineInput["api"];
}
export function bootFacts(cluster: Cluster): BootFacts | { readonly missing: string } {
  const { caHash, apiInternalAddress } = cluster.facts;
  if (caHash === undefined) return { missing: "the cluster's keys" };
  if (apiInternalAddress === undefined) return { missing: "the API's internal address" };
  return { caHash, api: { internalAddress: apiInternalAddress, port: API_PORT } };
}
/**
 * API servers answer at the external address too, so their certificates name it. Workers never hear of it: their
 * template stays the same when it comes or goes.
 */
export function servingFacts(cluster: Cluster): BootFacts | { readonly missing: string } {
  const facts = bootFacts(cluster);
  if ("missing" in facts || !apiSides(cluster).includes("external")) return facts;
  const { apiExternalAddress } = cluster.facts;
  if (apiExternalAddress === undefined) return { missing: "the API's external address" };
  return { ...facts, api: { ...facts.api, externalAddress: apiExternalAddress } };
}

type Own = Pick<MachineInput, "os" | "role" | "nodeLabels" | "taints"> & Partial<MachineInput>;

/** The metadata of a machine, its keys in order, so that equal data has equal bytes. */
export function machineMetadata(cluster: Cluster, facts: BootFacts, own: Own): Metadata {
  const { spec } = cluster;
  const rendered = renderMachine({
    clusterId: cluster.id,
    uid: cluster.uid,
    project: spec.project,
    region: spec.region,
    // Control plane before nodes, always.
    kubernetesVersion: own.role === "worker" ? nodesVersion(cluster.pins) : cluster.pins.kubernetesVersion,
    plugin: spec.network.plugin,
    network: { pods: spec.network.pods, services: spec.network.services },
    api: facts.api,
    caHash: facts.caHash,
    joinUrl: cluster.joinUrl,
    ...own,
  });
  const items = Object.entries(rendered).sort(([a], [b]) => (a < b ? -1 : 1));
  return { items: items.map(([key, value]) => ({ key, value })) };
}

/** @param address the reserved one of the machine, when it has one */
export function networkInterfaces(cluster: Cluster, address?: string): readonly NetworkInterface[] {
  const { nodesPrivate, plugin } = cluster.spec.network;
  return [
    {
      // First, for reasons show the beginning of a value.
      ...(address === undefined ? {} : { networkIP: address }),
      network: computeUrl(networkRef(cluster)),
      subnetwork: computeUrl(subnetworkRef(cluster)),
      ...(nodesPrivate
        ? {}
        : { accessConfigs: [{ type: "ONE_TO_ONE_NAT", name: "External NAT", networkTier: "PREMIUM" }] }),
      ...(plugin === "alias-ip"
        ? { aliasIpRanges: [{ ipCidrRange: PODS_OF_A_MACHINE, subnetworkRangeName: PODS_RANGE }] }
        : {}),
    },
  ];
}

/** From the machine's pinned image; `type` is a URL for a machine, and a bare name in a template, which has no zone. */
export function bootDisk(
  cluster: Cluster,
  machine: Parameters<typeof imageKey>[0],
  disk: { readonly type: string; readonly sizeGb: number; readonly labels: Readonly<Record<string, string>> },
): NonNullable<InstanceProperties["disks"]>[number] {
  const image = cluster.pins.images[imageKey(machine)];
  return {
    boot: true,
    autoDelete: true,
    mode: "READ_WRITE",
    type: "PERSISTENT",
    initializeParams: {
      ...(image === undefined ? {} : { sourceImage: image }),
      diskType: disk.type,
      diskSizeGb: String(disk.sizeGb),
      labels: disk.labels,
    },
  };
}

/** Alias addresses belong to the machine; other plugins may route pods' own addresses out of it. */
export function canIpForward(cluster: Cluster): boolean {
  return cluster.spec.network.plugin !== "alias-ip";
}

/** By reference: the accounts are made and granted outside. Never the project's default one, which may do too much. */
export function serviceAccounts(
  cluster: Cluster,
  machine: { readonly serviceAccount?: string | undefined },
  role: AccountRole,
): NonNullable<InstanceProperties["serviceAccounts"]> {
  return [{ email: machineAccount(cluster.spec, machine, role), scopes: SCOPES }];
}

/** Secure Boot loads no unsigned drivers, and those of GPUs are built on the machine. */
export function shielding(
  os: OperatingSystem,
  hasAccelerators: boolean,
): NonNullable<InstanceProperties["shieldedInstanceConfig"]> {
  return {
    enableSecureBoot: !hasAccelerators && !UNSIGNED.includes(os),
    enableVtpm: true,
    enableIntegrityMonitoring: true,
  };
}
