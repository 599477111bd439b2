/**
 * Which control-plane machines are not what they shall be: derived from what each says it was made from and what Compute
 * Engine says of it, never remembered.
 */
import { isParked, reasonOf } from "../../nodes/commands.ts";
import { isMadeAnew } from "../../nodes/member-commands.ts";
import type { Instance, Metadata } from "../../ports/compute-types.ts";
import type { AcceptedCommand } from "../../status/inbox.ts";
import { pathOf } from "../change-table.ts";
import type { Cluster, ControlPlaneMachine, MadeFrom, NodeFacts } from "../resource.ts";
import { imageKey } from "./image-families.ts";
import { apiSides } from "./places.ts";
import { machineAccount } from "./service-accounts.ts";

/** Item of the machine's metadata. Nothing reads it on the machine. */
export const MADE_FROM = "clusterwright-made-from";

/** What a member made now would be made from. */
export function madeFromNow(cluster: Cluster): MadeFrom {
  const { spec, pins, facts } = cluster;
  const image = pins.images[imageKey(spec.controlPlane)];
  const external = apiSides(cluster).includes("external") ? facts.apiExternalAddress : undefined;
  return {
    kubernetesVersion: pins.kubernetesVersion,
    os: spec.controlPlane.os,
    ...(image === undefined ? {} : { image }),
    ...(external === undefined ? {} : { externalAddress: external }),
  };
}

export function withMadeFrom(metadata: Metadata, madeFrom: MadeFrom): Metadata {
  const item = { key: MADE_FROM, value: JSON.stringify(madeFrom) };
  return { items: [item, ...(metadata.items ?? [])] };
}

/** Facts of a machine that say whether it is outdated. */
export function makeOf(
  instance: Instance,
): Pick<ControlPlaneMachine, "machineType" | "serviceAccount" | "isPublic" | "isProtected" | "madeFrom"> {
  const { machineType, serviceAccounts, networkInterfaces, deletionProtection, metadata } = instance;
  const account = serviceAccounts?.[0]?.email;
  const type = machineType?.split("/").at(-1);
  const madeFrom = madeFromOf(metadata?.items?.find(({ key }) => key === MADE_FROM)?.value);
  return {
    ...(type === undefined ? {} : { machineType: type }),
    ...(account === undefined ? {} : { serviceAccount: account }),
    isPublic: (networkInterfaces?.[0]?.accessConfigs?.length ?? 0) > 0,
    isProtected: deletionProtection === true,
    ...(madeFrom === undefined ? {} : { madeFrom }),
  };
}

/** Anybody who may edit machines may edit it: what cannot be read says nothing. */
function madeFromOf(text: string | undefined): MadeFrom | undefined {
  if (text === undefined) return undefined;
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said !== "object" || said === null) return undefined;
    const { kubernetesVersion, os, image, externalAddress } = said as Readonly<Record<string, unknown>>;
    if (typeof kubernetesVersion !== "string" || typeof os !== "string") return undefined;
    return {
      kubernetesVersion,
      os,
      ...(typeof image === "string" ? { image } : {}),
      ...(typeof externalAddress === "string" ? { externalAddress } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Why the machine must be made anew, as a clause: "Kubernetes 1.35.8 → 1.36.4". Nothing for one that is as it shall be. */
export function outdatedBecause(cluster: Cluster, machine: ControlPlaneMachine): string | undefined {
  const now = madeFromNow(cluster);
  const { madeFrom } = machine;
  const { controlPlane, network } = cluster.spec;
  const account = machineAccount(cluster.spec, controlPlane, "control-plane");
  const reasons = [
    change(
      "Kubernetes",
      madeFrom?.kubernetesVersion ?? kubeletOf(cluster, machine.name),
      now.kubernetesVersion,
    ),
    change("operating system", madeFrom?.os, now.os),
    change("image", nameOf(madeFrom?.image), nameOf(now.image)),
    change("machine type", machine.machineType, controlPlane.machineType),
    askedBecause(cluster, machine),
    change("service account", machine.serviceAccount, account),
    change("addresses", reach(machine.isPublic), reach(!network.nodesPrivate)),
    // One address less is no harm to a certificate.
    madeFrom !== undefined &&
    now.externalAddress !== undefined &&
    madeFrom.externalAddress !== now.externalAddress
      ? `its certificate does not name ${now.externalAddress}`
      : undefined,
  ].filter((reason) => reason !== undefined);
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

function change(what: string, from: string | undefined, to: string | undefined): string | undefined {
  return from === undefined || to === undefined || from === to ? undefined : `${what} ${from} → ${to}`;
}
function reach(isPublic: boolean | undefined): string | undefined {
  return isPublic === undefined ? undefined : isPublic ? "public" : "private";
}
function nameOf(url: string | undefined): string | undefined {
  return url?.split("/").at(-1);
}

function kubeletOf(cluster: Cluster, name: string): string | undefined {
  const version = nodeNamed(cluster, name)?.kubeletVersion;
  return version === "" ? undefined : version;
}

export function nodeNamed({ facts }: Cluster, name: string): NodeFacts | undefined {
  return facts.kubernetes?.nodes.find((node) => node.name === name);
}

/** Somebody asked for it to be made anew: as long as the machine is the one that was meant. */
export function askedFor(
  { care, facts }: Cluster,
  machine: ControlPlaneMachine,
): AcceptedCommand | undefined {
  const { instanceId } = facts.machineStates?.get(pathOf(machine.selfLink)) ?? {};
  return care?.commands.find(
    (command) =>
      command.node === machine.name &&
      isMadeAnew(command) &&
      command.begunMs !== undefined &&
      command.mark === instanceId,
  );
}
function askedBecause(cluster: Cluster, machine: ControlPlaneMachine): string | undefined {
  const command = askedFor(cluster, machine);
  return command === undefined ? undefined : reasonOf(command);
}

/** Whether its turn has come: its node bears our cordon. It leaves the load balancer first, and its protection is lifted. */
export function isOnItsWayOut(cluster: Cluster, machine: ControlPlaneMachine): boolean {
  const cordon = nodeNamed(cluster, machine.name)?.cordoned;
  if (cordon === undefined || outdatedBecause(cluster, machine) === undefined) return false;
  // A cordon that a command left behind is no turn, unless that is asked for now.
  return !isParked({ by: "us", ...cordon }) || askedFor(cluster, machine) !== undefined;
}

/** Members of the spec that are to be made anew. */
export function outdatedMembers(cluster: Cluster): readonly ControlPlaneMachine[] {
  return (cluster.facts.controlPlane ?? []).filter(
    (machine) => outdatedBecause(cluster, machine) !== undefined,
  );
}
