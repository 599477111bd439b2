/** A control plane over fakes whose callers show real tokens, signed by a simulated Google's keys. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ControlPlane } from "../../functions/control-plane.ts";
import { createTokenVerifier } from "../../shared/adapters/google/token-verifier.ts";
import type { Engine } from "../../shared/engine/engine.ts";
import type { OutgoingMessage } from "../../shared/ports/publisher.ts";
import { createIdentity, type Identity } from "../../simulator/identity/identity.ts";
import { type FakeWorld, fakeWorld } from "../support/fake-engine.ts";
import type { FakeKind } from "../support/fake-kind.ts";

export const INVOKER = "invoker@control.iam.gserviceaccount.com";
export const PUSHER = "machine-events@control.iam.gserviceaccount.com";
export const COMMANDER = "commander@control.iam.gserviceaccount.com";
export const OPERATOR = "alice@example.com";
export const URLS = {
  reconcile: "https://reconcile.example",
  sweep: "https://sweep.example",
  api: "https://api.example",
  machineEvent: "https://machine-event.example",
  maintenance: "https://maintenance.example",
} as const;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
export interface TestPlane {
  readonly world: FakeWorld;
  readonly plane: ControlPlane;
  readonly identity: Identity;
  readonly lines: LogLine[];
  /** Dead letters. */
  readonly dead: OutgoingMessage[];
  /** The header of a caller. */
  bearer(email: string, audience: string): Promise<string>;
}

let keys: Promise<{ readonly server: Server; readonly url: string }> | undefined;
let current: Identity | undefined;

/** One server for the keys of all planes of a process: each serves those of the plane made last. */
function keyServer() {
  keys ??= new Promise((resolve) => {
    const server = createServer(async (_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(await current?.jwks()));
    });
    server.listen(0, "127.0.0.1", () => {
      server.unref();
      resolve({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs` });
    });
  });
  return keys;
}

export async function testPlane(
  kinds: readonly FakeKind[] = [],
  changes: Partial<Engine> = {},
): Promise<TestPlane> {
  const world = fakeWorld(kinds);
  const lines: LogLine[] = [];
  const dead: OutgoingMessage[] = [];
  const identity = sharedKeys(world);
  current = identity;
  const { url } = await keyServer();
  const engine = {
    ...world.engine,
    ...changes,
    log: (level: string, message: string, fields = {}) => void lines.push({ level, message, fields }),
  };
  const plane: ControlPlane = {
    engine,
    identity: createTokenVerifier({ clock: world.clock, jwksUrl: url }),
    invoker: INVOKER,
    pusher: PUSHER,
    commander: COMMANDER,
    deadLetters: {
      publish: async (message) => {
        dead.push(message);
      },
    },
    urls: URLS,
    operators: [OPERATOR, "*@trusted.example"],
  };
  const bearer = async (email: string, audience: string) =>
    `Bearer ${await identity.serviceAccountIdToken(email, audience)}`;
  return { world, plane, identity, lines, dead, bearer };
}

let made: Identity | undefined;
let clockOf: FakeWorld["clock"] | undefined;
/** An RSA key takes a quarter of a second: one for all planes, at the clock of the plane made last. */
function sharedKeys(world: FakeWorld): Identity {
  clockOf = world.clock;
  made ??= createIdentity({ clock: { nowMs: () => clockOf?.nowMs() ?? 0, after: () => () => {} } });
  return made;
}
