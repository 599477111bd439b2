/** Where an address and port lead now: the machines that would answer, through load balancers and firewalls. */
import { ownerOf } from "./addresses.ts";
import { type BackendMember, healthOf, isAnswering, type Probe, servingPort } from "./backend-health.ts";
import { isAllowed } from "./firewall-match.ts";
import { asText, asTexts } from "./json.ts";
import { parsePath, regionOf } from "./links.ts";
import type { Machine } from "./machine.ts";
import { usersOf } from "./references.ts";
import type { Row } from "./row.ts";
import type { World } from "./world.ts";

/** Who asks. Nothing: someone outside, at a place that the firewall rules let in. */
export interface Asker {
  /** Path of the machine that asks; its network is the one that internal addresses are looked up in. */
  readonly machine?: string;
  /** Path of a network, for an asker that is no machine (a pod's address is in `address`). */
  readonly network?: string;
  /** Where the asker's packets come from, when it is not the machine's own address. */
  readonly address?: string;
}
export interface Endpoint {
  /** Those that would get the connection, best first. */
  readonly machines: readonly Machine[];
  /** The port on the machine; a proxy translates it. */
  readonly port: number;
  /** Why there is no machine. */
  readonly reason: string | undefined;
}
/** A connection through a proxy comes from here. Source: https://cloud.google.com/load-balancing/docs/tcp#firewall-rules */
const PROXY_ADDRESS = "35.191.0.1";

const nowhere = (port: number, reason: string): Endpoint => ({ machines: [], port, reason });

function covers(rule: Row, port: number): boolean {
  if (rule.state !== "ready") return false;
  const { body } = rule;
  const texts = [
    ...asTexts(body["ports"]),
    ...(asText(body["portRange"]) === undefined ? [] : [String(body["portRange"])]),
  ];
  if (body["allPorts"] === true || texts.length === 0) return true;
  return texts.some((text) => {
    const [first = "", last = first] = text.split("-");
    return port >= Number(first) && port <= Number(last);
  });
}

/** Answers to askers from outside that are kept; then all are let go. */
const KEPT_MAX = 16_384;
interface Known {
  readonly version: number;
  readonly probes: readonly Probe[];
  readonly endpoint: Endpoint;
}

export function createEndpoints(world: World) {
  /** By address and port, for askers from outside: it holds while the world and the probes are the same. */
  const known = new Map<string, Known>();
  /** Those of the answer that is being found. */
  let probes: Probe[] = [];
  /** Rows that an address leads to: machines or forwarding rules, also behind a reserved address. */
  function usersOfAddress(owner: string): readonly Row[] {
    const row = world.rows.at(owner);
    if (row === undefined) return [];
    return row.collection === "addresses" ? usersOf(row) : [row];
  }
  function lets(machine: Machine, port: number, from: Asker | undefined, source?: string): boolean {
    const network = world.rows.at(machine.network);
    if (network === undefined) return false;
    const asker = from?.machine === undefined ? undefined : world.rows.at(from.machine);
    const view = asker === undefined ? undefined : world.machines.view(asker);
    const sourceAddress = source ?? from?.address ?? view?.networkIP;
    return isAllowed(network, {
      protocol: "tcp",
      port,
      targetTags: machine.tags,
      ...(sourceAddress === undefined ? {} : { sourceAddress }),
      // Tags speak for the primary address alone, not for pods behind it.
      ...(view === undefined || from?.address !== undefined ? {} : { sourceTags: view.tags }),
    });
  }

  function atMachine(row: Row, port: number, from: Asker | undefined): Endpoint {
    const machine = world.machines.view(row);
    if (machine.status !== "RUNNING") return nowhere(port, `${machine.path} is ${machine.status}`);
    if (from?.machine !== machine.path && !lets(machine, port, from)) {
      return nowhere(port, `no firewall rule lets the connection to ${machine.path} port ${port} in`);
    }
    return { machines: [machine], port, reason: undefined };
  }

  /** Healthy backends; a passthrough balancer falls back on all that run. */
  function choose(members: readonly BackendMember[], passthrough: boolean): readonly Machine[] {
    const healthy = members.filter((member) => member.healthy);
    const running = members.filter(({ machine }) => machine.status === "RUNNING");
    return (healthy.length > 0 ? healthy : passthrough ? running : []).map(({ machine }) => machine);
  }

  function behindService(service: Row, port: number, from: Asker | undefined, internal: boolean): Endpoint {
    const members = healthOf(world, service, probes);
    // A backend of an internal passthrough balancer always reaches itself, healthy or not.
    const own = internal ? members.find(({ machine }) => machine.path === from?.machine) : undefined;
    if (own !== undefined) return { machines: [own.machine], port, reason: undefined };
    if (members.length === 0) return nowhere(port, `${service.path} has no machine behind it`);
    const chosen = choose(members, true);
    const machines = chosen.filter((machine) => lets(machine, port, from));
    if (machines.length > 0) return { machines, port, reason: undefined };
    const why = chosen.length === 0 ? "no machine behind it runs" : `no firewall rule lets port ${port} in`;
    return nowhere(port, `${service.path}: ${why}`);
  }

  function behindProxy(target: string, port: number): Endpoint {
    const proxy = world.rows.at(target);
    const service = world.rows.at(asText(proxy?.body["service"]) ?? "");
    if (service === undefined) return nowhere(port, `${target} leads to no backend service`);
    const open = healthOf(world, service, probes).flatMap((member) => {
      const group = world.rows.at(member.group);
      const inner = group === undefined ? undefined : servingPort(service, group);
      return inner !== undefined && member.healthy && lets(member.machine, inner, undefined, PROXY_ADDRESS)
        ? [{ machine: member.machine, inner }]
        : [];
    });
    const [first] = open;
    if (first === undefined) return nowhere(port, `${service.path} has no healthy machine behind it`);
    return {
      machines: open.filter(({ inner }) => inner === first.inner).map(({ machine }) => machine),
      port: first.inner,
      reason: undefined,
    };
  }

  function atRule(rule: Row, port: number, from: Asker | undefined): Endpoint {
    const { body } = rule;
    const internal = body["loadBalancingScheme"] === "INTERNAL";
    const place = from?.machine === undefined ? undefined : parsePath(from.machine);
    if (
      internal &&
      place !== undefined &&
      regionOf(place.scope) !== regionOf(rule.scope) &&
      body["allowGlobalAccess"] !== true
    ) {
      return nowhere(port, `${rule.path} does not allow access from other regions`);
    }
    const target = asText(body["target"]);
    if (target !== undefined) return behindProxy(target, port);
    const service = world.rows.at(asText(body["backendService"]) ?? "");
    return service === undefined
      ? nowhere(port, `${rule.path} leads nowhere`)
      : behindService(service, port, from, internal);
  }

  function find(address: string, port: number, from: Asker | undefined): Endpoint {
    const network =
      from?.network ?? (from?.machine === undefined ? undefined : networkOf(world, from.machine));
    const owner =
      ownerOf(world.externalPool, address) ??
      (network === undefined ? undefined : ownerOf(world.internalPool(network), address));
    if (owner === undefined) return nowhere(port, `no one has the address ${address}`);
    const rows = usersOfAddress(owner);
    const machine = rows.find(({ collection }) => collection === "instances");
    if (machine !== undefined) return atMachine(machine, port, from);
    const rule = rows.find((row) => row.collection === "forwardingRules" && covers(row, port));
    if (rule !== undefined) return atRule(rule, port, from);
    return nowhere(port, `nothing forwards port ${port} of ${address}`);
  }
  function stillHolds({ version, probes }: Known): boolean {
    return (
      version === world.version() &&
      probes.every(({ machine, port, answers }) => isAnswering(world, machine, port) === answers)
    );
  }

  return {
    resolve(address: string, port: number, from?: Asker): Endpoint {
      if (from !== undefined) return find(address, port, from);
      const key = `${address}:${port}`;
      const before = known.get(key);
      if (before !== undefined && stillHolds(before)) return before.endpoint;
      probes = [];
      const endpoint = find(address, port, undefined);
      if (known.size >= KEPT_MAX) known.clear();
      known.set(key, { version: world.version(), probes, endpoint });
      return endpoint;
    },
    backends(service: string): readonly BackendMember[] {
      const row = world.rows.at(service);
      return row === undefined ? [] : healthOf(world, row);
    },
  };
}

function networkOf(world: World, machine: string): string | undefined {
  const row = world.rows.at(machine);
  return row === undefined ? undefined : world.machines.view(row).network;
}
