/** Which machines stand behind a backend service, and which of them are healthy: asked, not remembered. */

import { isAllowed } from "./firewall-match.ts";
import { asNumber, asObject, asObjects, asText, asTexts } from "./json.ts";
import type { Machine } from "./machine.ts";
import type { Row } from "./row.ts";
import type { World } from "./world.ts";

export interface BackendMember {
  /** Path of the instance group. */
  readonly group: string;
  readonly machine: Machine;
  /** Where it is probed. */
  readonly port: number;
  readonly healthy: boolean;
}

/** Where Google's probes come from. Source: https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges */
const PROBE_ADDRESS = "35.191.0.1";

/** The port that a health check asks: its own, the group's named one, or the first of the traffic. */
export function probePort(world: World, service: Row, group: Row): number {
  const check = world.rows.at(asTexts(service.body["healthChecks"])[0] ?? "");
  for (const probe of Object.values(check?.body ?? {})) {
    const { port, portSpecification, portName } = asObject(probe);
    if (portSpecification === "USE_NAMED_PORT") return namedPort(group, asText(portName)) ?? 0;
    if (portSpecification === "USE_SERVING_PORT") return servingPort(service, group) ?? 0;
    const fixed = asNumber(port);
    if (fixed !== undefined) return fixed;
  }
  return servingPort(service, group) ?? 0;
}
function namedPort(group: Row, name: string | undefined): number | undefined {
  return asNumber(asObjects(group.body["namedPorts"]).find((port) => port["name"] === name)?.["port"]);
}
/** Where a proxying service sends traffic in this group. */
export function servingPort(service: Row, group: Row): number | undefined {
  return namedPort(group, asText(service.body["portName"]));
}

/** What a machine answered when it was asked. */
export interface Probe {
  readonly machine: Machine;
  readonly port: number;
  readonly answers: boolean;
}

export function isAnswering(world: World, machine: Machine, port: number): boolean {
  return world.hooks.probe?.(machine.networkIP, port, machine) === true;
}

function isHealthy(world: World, machine: Machine, port: number, probes: Probe[]): boolean {
  if (machine.status !== "RUNNING") return false;
  const network = world.rows.at(machine.network);
  if (network === undefined) return false;
  const probe = { protocol: "tcp", port, sourceAddress: PROBE_ADDRESS, targetTags: machine.tags } as const;
  if (!isAllowed(network, probe)) return false;
  const answers = isAnswering(world, machine, port);
  probes.push({ machine, port, answers });
  return answers;
}

/** @param probes takes those that were made on the way */
export function healthOf(world: World, service: Row, probes: Probe[] = []): readonly BackendMember[] {
  return asObjects(service.body["backends"]).flatMap((backend) => {
    const path = asText(backend["group"]) ?? "";
    const group = world.rows.at(path);
    if (group === undefined) return [];
    const port = probePort(world, service, group);
    return [...(group.members ?? [])]
      .sort((left, right) => (left.name < right.name ? -1 : 1))
      .map((row) => {
        const machine = world.machines.view(row);
        return { group: path, machine, port, healthy: isHealthy(world, machine, port, probes) };
      });
  });
}
