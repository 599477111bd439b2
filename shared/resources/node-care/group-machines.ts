/** The machines of a managed group, from the list of all where the group itself was not asked. Pure. */
import type { Cluster, GroupFacts, GroupMachine } from "../resource.ts";

/** A group in order is not asked for its machines: they are those of its name, all of its template. */
export function groupMachines({ facts }: Cluster, group: GroupFacts): readonly GroupMachine[] {
  if (group.machines !== undefined) return group.machines;
  const base = group.path.split("/").at(-1) ?? "";
  return [...(facts.machineStates ?? [])]
    .filter(
      ([path, { kept }]) =>
        isNamedAfter(base, path.slice(path.lastIndexOf("/") + 1)) && typeof kept !== "object",
    )
    .map(([path, { status }]) => ({
      path,
      template: group.template,
      going: false,
      running: status === "RUNNING",
    }));
}

/** Some of its machines, and not those on their way out, are of another template than the present one. */
export function isUpgrading({ template, machines = [] }: GroupFacts): boolean {
  return machines.some((one) => !one.going && one.template !== undefined && one.template !== template);
}

/** A managed group adds `-` and four characters. */
export function isNamedAfter(base: string, name: string): boolean {
  return name.startsWith(`${base}-`) && /^[a-z0-9]{4}$/.test(name.slice(base.length + 1));
}
