/** Which etcd member a machine is, as its boot script finds out: what its disk holds, and what etcd lists. Pure. */
import type { BootPlan } from "../boot/boot-plan.ts";
import type { EtcdMember } from "../kubernetes/storage/etcd.ts";

/** Whose disk it is, as the boot script writes it there. */
export function diskOwner({ member, clusterId, uid }: BootPlan): string {
  return `member ${member} of cluster ${clusterId} (uid ${uid})`;
}

/** Why a machine leaves its disk alone. */
export function foreignDisk(owner: string, plan: BootPlan): string {
  return `the disk holds etcd data of ${owner}, and this machine is ${diskOwner(plan)}; attach its own disk, or an empty one`;
}

export type Standing =
  /** Not listed: joins as a new member; data from before, if any, is set aside. */
  | { readonly joins: "new" }
  /** Listed, and its data is there: goes on as that member. */
  | { readonly joins: "back" }
  | { readonly joins: "never"; readonly why: string };

export function memberStanding(
  members: readonly EtcdMember[],
  self: { readonly name: string; readonly address: string; readonly hasData: boolean },
): Standing {
  const url = peerUrl(self.address);
  const elsewhere = members.find((member) => member.name === self.name && member.peerUrl !== url);
  if (elsewhere !== undefined)
    return stuck(`etcd lists this member at ${elsewhere.peerUrl}, and this machine is at ${url}`, elsewhere);
  const here = members.find((member) => member.peerUrl === url);
  if (here === undefined) return { joins: "new" };
  if (here.name !== self.name) return stuck(`etcd lists ${here.name} at ${url}`, here);
  if (self.hasData) return { joins: "back" };
  return stuck("the etcd disk is empty, and etcd still lists the member that it held", here);
}

export function peerUrl(address: string): string {
  return `https://${address}:2380`;
}

function stuck(what: string, { id }: EtcdMember): Standing {
  const remedy = `remove that member by hand (etcdctl member remove ${id}), and this machine joins by itself`;
  return { joins: "never", why: `${what}; ${remedy}` };
}
