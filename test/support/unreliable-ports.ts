/** The engine's ports with a fault at any call: a process that dies before or after it, or an answer that gets lost. */
import type { Engine } from "../../shared/engine/engine.ts";
import { CloudError } from "../../shared/ports/cloud-error.ts";
import { KubernetesUnreachable } from "../../shared/ports/kubernetes.ts";
import { StoreError } from "../../shared/ports/store.ts";

/** crash-before: it never happens. crash-after: it happens, nobody learns. lost: it happens, and looks like a failure. */
export type Strike = "crash-before" | "crash-after" | "lost";

export interface PortCall {
  /** Of this process, from 1. */
  readonly number: number;
  readonly port: "store" | "wakeups" | "compute" | "secrets" | "kubernetes";
  readonly method: string;
  /** What it is about, as far as it can be told: a path or a name. */
  readonly target: string;
  readonly mutates: boolean;
  readonly args: readonly unknown[];
}

/** Runs one call: it may wait before it, fail it, and look at what it came to. `strike` is what will befall it. */
export type Around = (
  call: PortCall,
  step: () => Promise<unknown>,
  strike: Strike | undefined,
) => Promise<unknown>;

/** The process is dead: nothing that it still does has any effect. */
export class Crash extends Error {}

const READS: ReadonlySet<string> = new Set([
  ...["store.get", "store.query", "store.watch", "store.close"],
  ...["compute.list", "compute.get", "compute.imageFromFamily", "compute.groupMembers"],
  ...["compute.managedInstances", "compute.serialOutput", "compute.operations"],
  ...["secrets.read", "secrets.list"],
]);

/** An engine as one process has it. After a crash all of its calls crash. */
export function unreliable(
  engine: Engine,
  decide: (call: PortCall) => Strike | undefined,
  around: Around = (_call, step) => step(),
): Engine {
  let dead = false;
  let number = 0;
  const guard = async (call: PortCall, step: () => Promise<unknown>): Promise<unknown> => {
    const die = (): never => {
      dead = true;
      throw new Crash(`${call.port}.${call.method} ${call.target}`);
    };
    if (dead) return die();
    const strike = decide(call);
    if (strike === "crash-before") return die();
    const answer = await around(call, step, strike);
    if (strike === "crash-after" || dead) return die();
    if (strike === "lost") throw lostAnswer(call);
    return answer;
  };
  const wrap = <T extends object>(port: PortCall["port"], real: T): T =>
    new Proxy(real, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function" || name === "watch" || name === "close") return method;
        return (...args: unknown[]) => {
          number += 1;
          const call = describeCall(number, port, String(name), args);
          return guard(call, () => Reflect.apply(method, target, args) as Promise<unknown>);
        };
      },
    });
  return {
    ...engine,
    store: wrap("store", engine.store),
    wakeups: wrap("wakeups", engine.wakeups),
    cloud: {
      compute: wrap("compute", engine.cloud.compute),
      secrets: wrap("secrets", engine.cloud.secrets),
      kubernetes: wrap("kubernetes", engine.cloud.kubernetes),
    },
  };
}

function describeCall(
  number: number,
  port: PortCall["port"],
  method: string,
  args: readonly unknown[],
): PortCall {
  if (port === "kubernetes") {
    const { method: verb, path } = args[1] as { readonly method: string; readonly path: string };
    return { number, port, method: verb, target: path.split("?")[0] ?? "", mutates: verb !== "GET", args };
  }
  const mutates = !READS.has(`${port}.${method}`);
  return { number, port, method, target: args.flatMap(targetOf).join(" "), mutates, args };
}

/** Of a call's arguments, those that name something: never a body or a request id. */
function targetOf(argument: unknown): readonly string[] {
  if (typeof argument === "string") return /^[0-9a-f]{8}-/.test(argument) ? [] : [argument];
  if (typeof argument !== "object" || argument === null || !("kind" in argument)) return [];
  const { kind, scope = "", name = "" } = argument as { kind: unknown; scope?: unknown; name?: unknown };
  return typeof kind === "string" ? [`${kind}/${scope}/${name}`] : [];
}

function lostAnswer({ port, method, target }: PortCall): Error {
  const message = `the answer to ${method} ${target} was lost`;
  if (port === "kubernetes") return new KubernetesUnreachable(message);
  if (port === "store") return new StoreError("unavailable", message);
  return new CloudError("unknown-outcome", message);
}
