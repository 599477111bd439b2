/** Whether one control-plane member may be taken: etcd keeps its quorum without it, and nothing else changes. Pure. */

export interface Member {
  /** Its machine's name. */
  readonly name: string;
  /** Its machine runs, its node is Ready, its API server answers and its etcd votes. */
  readonly healthy: boolean;
  /** Why it may fall at any moment although it looks well, as a clause: "its host failed". */
  readonly doubt?: string;
  /** What is done to it already, as a noun phrase: "its machine to be made". Absent while nothing is. */
  readonly awaits?: string;
}

export type Turn = { readonly may: true } | { readonly may: false; readonly waitsFor: string };

/** Voters that must agree. Source: https://etcd.io/docs/v3.6/faq/#what-is-failure-tolerance */
export function quorumOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}

/**
 * @param members those that the spec has, each of them; one without a machine is not healthy and awaits one
 * @param name of the machine that shall be restarted, replaced or upgraded
 */
export function mayTakeMember(members: readonly Member[], name: string): Turn {
  const others = members.filter((member) => member.name !== name);
  const busy = others.find(({ awaits }) => awaits !== undefined);
  // At most one change at a time (S5).
  if (busy !== undefined)
    return no(`${busy.awaits} (${busy.name}), for the control plane changes one at a time`);
  const sound = others.filter(({ healthy, doubt }) => healthy && doubt === undefined);
  const quorum = quorumOf(members.length);
  if (sound.length >= quorum) return { may: true };
  const unsound = others.filter((member) => !sound.includes(member)).map(told);
  const why = unsound.length === 0 ? "" : `: ${unsound.join(", ")}`;
  return no(
    `${quorum} other control-plane machines to be well before ${name} is taken (${sound.length} are${why})`,
  );
}

function told({ name, healthy, doubt }: Member): string {
  return healthy ? `of ${name} it is said that ${doubt}` : `${name} is not well`;
}

function no(waitsFor: string): Turn {
  return { may: false, waitsFor };
}
