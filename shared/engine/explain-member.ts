/** What a command about a control-plane machine would do, in sentences. Pure. */
import { isMadeAnew } from "../nodes/member-commands.ts";
import { pauseHolds } from "../nodes/pause.ts";
import { membersOf } from "../resources/member-health.ts";
import { memberOfMachine } from "../resources/names.ts";
import { commandedMember } from "../resources/node-care/commanded-members.ts";
import type { Cluster } from "../resources/resource.ts";
import type { AcceptedCommand } from "../status/inbox.ts";

const TAKING: ReadonlySet<AcceptedCommand["command"]> = new Set(["repair", "restart", "rotate-machine"]);

/** Nothing for a machine of a pool, and for what takes no machine. */
export function explainMember(
  cluster: Cluster,
  command: AcceptedCommand,
  nowMs: number,
): readonly string[] | undefined {
  const { node = "" } = command;
  if (!TAKING.has(command.command) || memberOfMachine(cluster, node) === undefined) return undefined;
  const members = membersOf(cluster, nowMs);
  const member = members.find(({ name }) => name === node);
  if (member === undefined) return undefined;
  const { trouble } = commandedMember(cluster, member, nowMs);
  const away =
    members.length > 1
      ? "The Kubernetes API answers all the while."
      : "It is the only one: the Kubernetes API does not answer until it is back.";
  const unwell = members.filter(
    ({ name, healthy, doubt }) => name !== node && (!healthy || doubt !== undefined),
  );
  const waits = [
    ...pauseHolds(cluster.care?.pauses ?? [], undefined, nowMs).map(({ waitsFor }) => waitsFor),
    ...unwell.map(({ name }) => `${name} to be well`),
  ];
  const spoken =
    trouble === undefined ? [] : [`What speaks against control-plane machine ${node}: ${trouble.reason}.`];
  const deed = isMadeAnew(command)
    ? `Control-plane machine ${node} is made anew with its disk and its address: it is cordoned and drained, leaves the load balancer, and its etcd disk is snapshotted first.`
    : `Control-plane machine ${node} is reset, without a drain: what runs on it starts again with it.`;
  return [...spoken, deed, away, ...waits.map((what) => `It waits for ${what}.`)];
}
