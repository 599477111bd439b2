/** A small world under virtual time for the tests of the simulated Compute Engine, and short ways to ask it. */
import assert from "node:assert/strict";
import type { Scope } from "../../../shared/ports/compute.ts";
import { createSeededChance } from "../../../simulator/chance.ts";
import { createVirtualClock, type VirtualClock } from "../../../simulator/clock.ts";
import type { ComputeAnswer, JsonObject } from "../../../simulator/compute/call.ts";
import {
  type ComputeWorld,
  type ComputeWorldOptions,
  createComputeWorld,
} from "../../../simulator/compute/create-world.ts";
import { serviceOf } from "../../../simulator/compute/services.ts";

export const PROJECT = "acme-test";
export const REGION = "europe-west4";
export const ZONE = "europe-west4-a";
export const GLOBAL: Scope = "global";
export const REGIONAL: Scope = `regions/${REGION}`;
export const ZONAL: Scope = `zones/${ZONE}`;
/** The end of operations and machines' lives in these tests, well over any delay. */
const LONG_MS = 3_600_000;
const STARTED_MS = Date.UTC(2026, 7, 24, 12);

export interface Bench {
  readonly cloud: ComputeWorld;
  readonly clock: VirtualClock;
  /** Any call. */
  ask(service: string, method: string, params: Record<string, string>, body?: JsonObject): ComputeAnswer;
  /** A call that must succeed. */
  ok(service: string, method: string, params: Record<string, string>, body?: JsonObject): JsonObject;
  /** The reason of a refusal. */
  refusal(answer: ComputeAnswer): {
    readonly status: number;
    readonly reason: string;
    readonly message: string;
  };
  get(kind: string, scope: Scope, name: string): JsonObject | undefined;
  insert(kind: string, scope: Scope, body: JsonObject): ComputeAnswer;
  /** Inserts and waits until the operation is DONE without an error. */
  make(kind: string, scope: Scope, body: JsonObject): Promise<JsonObject>;
  drop(kind: string, scope: Scope, name: string): Promise<JsonObject>;
  /** Waits for the operation and answers it. */
  finish(operation: JsonObject): Promise<JsonObject>;
  verb(
    kind: string,
    scope: Scope,
    name: string,
    method: string,
    body?: JsonObject,
    more?: Record<string, string>,
  ): ComputeAnswer;
  settle(ms?: number): Promise<void>;
}

function place(scope: Scope): Record<string, string> {
  const [kind, name = ""] = scope.split("/");
  return kind === "global"
    ? { project: PROJECT }
    : { project: PROJECT, [kind === "zones" ? "zone" : "region"]: name };
}

export function createBench(options: Partial<ComputeWorldOptions> = {}): Bench {
  const clock = createVirtualClock(STARTED_MS);
  const cloud = createComputeWorld({ clock, chance: createSeededChance(7), projects: [PROJECT], ...options });
  const ask: Bench["ask"] = (service, method, params, body) =>
    cloud.service({
      service,
      method,
      params: { project: PROJECT, ...params },
      ...(body === undefined ? {} : { body }),
    });
  const ok: Bench["ok"] = (service, method, params, body) => {
    const answer = ask(service, method, params, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const refusal: Bench["refusal"] = (answer) => {
    const error = answer.body["error"] as {
      code: number;
      message: string;
      errors: readonly { reason: string }[];
    };
    return { status: answer.status, reason: error.errors[0]?.reason ?? "", message: error.message };
  };
  const serviceFor = (kind: string, scope: Scope) => serviceOf(kind, scope) ?? kind;
  const named = (kind: string, name: string) => ({ [cloud.world.kind(kind).noun]: name });
  const insert: Bench["insert"] = (kind, scope, body) =>
    ask(serviceFor(kind, scope), "Insert", place(scope), body);
  const finish: Bench["finish"] = async (operation) => {
    const path = String(operation["selfLink"]).replace(/^.*\/(?=projects\/)/, "");
    let done = false;
    cloud.onOperationDone(path, () => {
      done = true;
    });
    await clock.runUntil(() => done, { untilMs: clock.nowMs() + LONG_MS });
    const scope = path.split("/").slice(2, -2).join("/") as Scope;
    const service =
      { g: "GlobalOperations", r: "RegionOperations", z: "ZoneOperations" }[scope[0] ?? "g"] ?? "";
    return ok(service, "Get", { ...place(scope), operation: String(operation["name"]) });
  };
  const succeed = async (answer: ComputeAnswer) => {
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const done = await finish(answer.body);
    assert.equal(done["error"], undefined, JSON.stringify(done["error"]));
    return done;
  };
  const get: Bench["get"] = (kind, scope, name) => {
    const answer = ask(serviceFor(kind, scope), "Get", { ...place(scope), ...named(kind, name) });
    return answer.status === 404 ? undefined : answer.body;
  };
  return {
    cloud,
    clock,
    ask,
    ok,
    refusal,
    insert,
    finish,
    get,
    async make(kind, scope, body) {
      await succeed(insert(kind, scope, body));
      const made = get(kind, scope, String(body["name"]));
      assert.ok(made !== undefined);
      return made;
    },
    drop: async (kind, scope, name) =>
      succeed(ask(serviceFor(kind, scope), "Delete", { ...place(scope), ...named(kind, name) })),
    verb: (kind, scope, name, method, body, more = {}) =>
      ask(
        serviceFor(kind, scope),
        method,
        { ...place(scope), ...named(kind, name), resource: name, ...more },
        body,
      ),
    settle: (ms = LONG_MS) => clock.advance(ms),
  };
}

/** A network with one subnetwork, ready. */
export async function withNetwork(bench: Bench): Promise<void> {
  await bench.make("networks", GLOBAL, { name: "net", autoCreateSubnetworks: false });
  await bench.make("subnetworks", REGIONAL, {
    name: "nodes",
    network: "global/networks/net",
    ipCidrRange: "10.10.0.0/20",
    secondaryIpRanges: [{ rangeName: "pods", ipCidrRange: "10.64.0.0/14" }],
  });
}

/** A machine's body for insert. */
export function machineBody(name: string, more: JsonObject = {}): JsonObject {
  return {
    name,
    machineType: `zones/${ZONE}/machineTypes/e2-standard-4`,
    disks: [
      {
        boot: true,
        autoDelete: true,
        initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12" },
      },
    ],
    networkInterfaces: [{ subnetwork: `regions/${REGION}/subnetworks/nodes` }],
    ...more,
  };
}
