/** S9: Kubernetes' version skew: control plane before nodes, one minor at a time, never back. */
import { PROJECT } from "../../../simulation/world.ts";
import type { KubernetesCluster } from "../../../simulator/kubernetes/cluster.ts";
import type { InvariantMaker, Watched } from "./checker.ts";
import { statusIn } from "./reading.ts";

/** Source: https://kubernetes.io/releases/version-skew-policy/ */
const SERVERS_APART_MAX = 1;
const KUBELETS_BEHIND_MAX = 3;

interface Pinned {
  readonly uid: string;
  readonly deleting: boolean;
  readonly pins: { readonly kubernetesVersion: string };
}

export const versions: InvariantMaker = (watched) => {
  const pinned = new Map<string, Pinned>();
  return {
    committed: ({ path, data }) => {
      const cluster = statusIn(path);
      if (cluster === undefined) return;
      if (data === undefined) return void pinned.delete(cluster);
      const status = data as Pinned;
      checkPins(watched, cluster, pinned.get(cluster), status);
      pinned.set(cluster, status);
      if (!status.deleting) checkSkew(watched, cluster, status);
    },
  };
};

function checkPins(watched: Watched, cluster: string, before: Pinned | undefined, now: Pinned): void {
  const [from, to] = [before?.pins.kubernetesVersion ?? "", now.pins.kubernetesVersion];
  if (before?.uid !== now.uid || from === "" || from === to) return;
  const [[, minor = 0, patch = 0], [, nextMinor = 0, nextPatch = 0]] = [numbersOf(from), numbersOf(to)];
  const isUp = nextMinor > minor || (nextMinor === minor && nextPatch > patch);
  if (isUp && nextMinor <= minor + 1) watched.held("S9");
  else watched.violated("S9", cluster, `the version goes from ${from} to ${to}`);
}

function checkSkew(watched: Watched, cluster: string, { uid }: Pinned): void {
  const kubernetes = clusterOf(watched, uid);
  if (kubernetes === undefined) return;
  const { serverVersions } = kubernetes.state;
  const servers = kubernetes.apiServers().flatMap((name) => minorOf(serverVersions.get(name)) ?? []);
  if (servers.length === 0) return;
  const [oldest, newest] = [Math.min(...servers), Math.max(...servers)];
  const kubelets = kubernetes.kubelets().filter((one) => one.isAlive());
  const nodes = kubelets.filter(({ controlPlane }) => !controlPlane);
  const ahead = nodes.find(({ machine }) => (minorOf(machine.kubeletVersion) ?? 0) > oldest);
  const behind = kubelets.find(
    ({ machine }) => (minorOf(machine.kubeletVersion) ?? 0) < newest - KUBELETS_BEHIND_MAX,
  );
  if (newest - oldest > SERVERS_APART_MAX)
    watched.violated("S9", cluster, `API servers of 1.${oldest} and 1.${newest} run beside one another`);
  else if (ahead !== undefined)
    watched.violated("S9", cluster, `${told(ahead.machine)} is ahead of an API server of 1.${oldest}`);
  else if (behind !== undefined)
    watched.violated("S9", cluster, `${told(behind.machine)} is too old for an API server of 1.${newest}`);
  else watched.held("S9");
}

function clusterOf({ cloud }: Watched, uid: string): KubernetesCluster | undefined {
  for (const machine of cloud.compute.machines(PROJECT)) {
    if (
      machine.labels["clusterwright-uid"] !== uid ||
      machine.labels["clusterwright-role"] !== "control-plane"
    )
      continue;
    const cluster = cloud.guests.clusterOf(machine);
    if (cluster !== undefined) return cluster;
  }
  return undefined;
}

function told({
  nodeName,
  kubeletVersion,
}: {
  readonly nodeName: string;
  readonly kubeletVersion: string;
}): string {
  return `the kubelet ${kubeletVersion} of ${nodeName}`;
}
function numbersOf(version: string): readonly number[] {
  return version.replace(/^v/, "").split(".").map(Number);
}
function minorOf(version: string | undefined): number | undefined {
  return version === undefined ? undefined : numbersOf(version)[1];
}
