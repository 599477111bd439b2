/** Chooses a zone for every control-plane member. A machine goes where its disk is, and a disk goes where there is room. */
import type { Cluster, Facts } from "../resource.ts";

/** Where members are or may be made: the spec's zones, and those that still hold one. */
export function controlPlaneZones(cluster: Cluster): readonly string[] {
  const { controlPlane = [], etcdDisks = [] } = cluster.facts;
  const held = [...controlPlane, ...etcdDisks].map(({ zone }) => zone);
  return [...new Set([...cluster.spec.zones, ...held])];
}

/**
 * The zone of each member, by index. In this order: where its machine is; where its etcd disk is, if that was ever
 * used (it may hold data) or its zone is not blocked; else the least crowded zone that is not blocked, in spec order
 * from the member's own place on. When all are blocked, the blocked ones are tried again.
 */
export function memberZones(cluster: Cluster): readonly string[] {
  const members = Array.from({ length: cluster.spec.controlPlane.replicas }, (_, member) => member);
  const zones = members.map((member) => boundZone(cluster.facts, member));
  for (const member of members) {
    zones[member] ??= freeZone(
      cluster,
      member,
      zones.filter((zone) => zone !== undefined),
    );
  }
  return zones.filter((zone) => zone !== undefined);
}

function boundZone(facts: Facts, member: number): string | undefined {
  const machine = facts.controlPlane?.find((candidate) => candidate.member === member);
  if (machine !== undefined) return machine.zone;
  const disks = (facts.etcdDisks ?? []).filter((disk) => disk.member === member);
  const used = disks.find((disk) => disk.used);
  return (used ?? disks.find(({ zone }) => !(facts.blockedZones ?? []).includes(zone)))?.zone;
}

function freeZone(cluster: Cluster, member: number, taken: readonly string[]): string {
  const { zones } = cluster.spec;
  const blocked = cluster.facts.blockedZones ?? [];
  const open = zones.filter((zone) => !blocked.includes(zone));
  const choice = open.length > 0 ? open : zones;
  const crowd = (zone: string): number => taken.filter((other) => other === zone).length;
  const turn = (zone: string): number =>
    (zones.indexOf(zone) - member + zones.length * (member + 1)) % zones.length;
  const [best] = [...choice].sort((a, b) => crowd(a) - crowd(b) || turn(a) - turn(b));
  if (best === undefined) throw new RangeError(`cluster ${cluster.id} has no zones`);
  return best;
}
