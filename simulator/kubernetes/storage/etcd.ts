/**
 * The etcd members of a cluster and their quorum; the data itself is in store.ts and stays while members can come back.
 *
 *     learner ─promote─► voter ─machine stops─► down ─machine starts─► voter
 *     removed: gone for good, its data with it
 */

export interface EtcdMember {
  /** 16 hex digits, as `etcdctl member list` prints it. */
  readonly id: string;
  /** The control-plane machine's node name. */
  readonly name: string;
  readonly peerUrl: string;
  readonly learner: boolean;
  readonly running: boolean;
}
export type EtcdRefusal =
  | "etcdserver: too many learner members in cluster"
  | "etcdserver: Peer URLs already exists"
  | "etcdserver: member not found"
  | "etcdserver: can only promote a learner member"
  | "etcdserver: re-configuration failed due to not enough started members"
  | "etcdserver: request timed out";
export type EtcdResult =
  | { readonly ok: true; readonly member: EtcdMember }
  | { readonly ok: false; readonly why: EtcdRefusal };

// etcd allows one learner at a time (server/config max-learners default).
const LEARNERS_MAX = 1;

export interface Etcd {
  members(): readonly EtcdMember[];
  /** A majority of voters runs. Without any member there is no cluster, hence no quorum. */
  hasQuorum(): boolean;
  /** Adds a learner; the first member of all starts as a voter. */
  addMember(input: { name: string; peerUrl: string; id: string }): EtcdResult;
  promote(name: string): EtcdResult;
  /** By name or id. Refused when it would leave fewer started voters than the new quorum. */
  removeMember(nameOrId: string): EtcdResult;
  setRunning(name: string, running: boolean): void;
  /** Told whenever quorum comes or goes. */
  onQuorum(listener: (quorum: boolean) => void): void;
}

export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

export function createEtcd(): Etcd {
  const members = new Map<string, EtcdMember>();
  const listeners: ((quorum: boolean) => void)[] = [];
  let had = false;

  const voters = () => [...members.values()].filter(({ learner }) => !learner);
  /** As of the last change of a member: everything that the cluster does asks for it. */
  const hasQuorum = () => had;
  function settle() {
    const all = voters();
    const has = all.length > 0 && all.filter(({ running }) => running).length >= quorumOf(all.length);
    if (has === had) return;
    had = has;
    for (const listener of listeners) listener(has);
  }
  function save(member: EtcdMember): EtcdResult {
    members.set(member.name, member);
    settle();
    return { ok: true, member };
  }
  function refuse(why: EtcdRefusal): EtcdResult {
    return { ok: false, why };
  }

  return {
    members: () => [...members.values()],
    hasQuorum,
    addMember({ name, peerUrl, id }) {
      if (members.size === 0) return save({ id, name, peerUrl, learner: false, running: true });
      if (!hasQuorum()) return refuse("etcdserver: request timed out");
      const all = [...members.values()];
      if (all.some((member) => member.peerUrl === peerUrl || member.name === name))
        return refuse("etcdserver: Peer URLs already exists");
      if (all.filter(({ learner }) => learner).length >= LEARNERS_MAX)
        return refuse("etcdserver: too many learner members in cluster");
      return save({ id, name, peerUrl, learner: true, running: true });
    },
    promote(name) {
      const member = members.get(name);
      if (member === undefined) return refuse("etcdserver: member not found");
      if (!hasQuorum()) return refuse("etcdserver: request timed out");
      if (!member.learner) return refuse("etcdserver: can only promote a learner member");
      return save({ ...member, learner: false });
    },
    removeMember(nameOrId) {
      const member = [...members.values()].find(({ name, id }) => name === nameOrId || id === nameOrId);
      if (member === undefined) return refuse("etcdserver: member not found");
      if (!hasQuorum()) return refuse("etcdserver: request timed out");
      const rest = voters().filter(({ name }) => name !== member.name);
      const started = rest.filter(({ running }) => running).length;
      if (!member.learner && started < quorumOf(rest.length))
        return refuse("etcdserver: re-configuration failed due to not enough started members");
      members.delete(member.name);
      settle();
      return { ok: true, member };
    },
    setRunning(name, running) {
      const member = members.get(name);
      if (member !== undefined && member.running !== running) save({ ...member, running });
    },
    onQuorum: (listener) => void listeners.push(listener),
  };
}
