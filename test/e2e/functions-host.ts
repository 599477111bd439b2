/**
 * A process that serves the deployed functions as Google would, each through the functions framework, all behind one port:
 * `/reconcile`, `/sweep`, `/machine-event`, `/maintenance`, `/node-join`, `/api`, and the trigger's address that Google's
 * Firestore emulator calls.
 * Its parent sends the environment once the port is known.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";

/** What the parent sends: the module to load, and the environment of a deployment. */
export interface HostOrder {
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
}
/** What the host sends: its port, and later that the functions can be called. */
export type HostNews = { readonly port: number } | { readonly loaded: true };

const HTTP_FUNCTIONS = ["reconcile", "sweep", "machine-event", "maintenance", "node-join", "api"] as const;
const TRIGGER = /^\/functions\/projects\/[^/]+\/triggers\/cluster-written$/;

const servers = new Map<string, Server>();
const host = createServer((request, response) => {
  const { name, path } = target(request.url ?? "/");
  const server = servers.get(name);
  if (server === undefined) {
    response.writeHead(404).end();
    return;
  }
  request.url = path;
  pass(server, request, response);
});

/** In a deployment each function has an address of its own, so its path begins after the function's name. */
function target(url: string): { readonly name: string; readonly path: string } {
  if (TRIGGER.test(url)) return { name: "cluster-written", path: "/" };
  const [, name = "", rest = ""] = /^\/([^/?]+)(.*)$/.exec(url) ?? [];
  return { name, path: rest.startsWith("/") ? rest : `/${rest}` };
}

function pass(server: Server, request: IncomingMessage, response: ServerResponse): void {
  server.emit("request", request, response);
}

process.on("message", async (order: HostOrder) => {
  Object.assign(process.env, order.env);
  await import(order.module);
  for (const name of [...HTTP_FUNCTIONS, "cluster-written"]) servers.set(name, getTestServer(name));
  process.send?.({ loaded: true } satisfies HostNews);
});
// The parent has ended, in whatever way.
process.on("disconnect", () => process.exit(0));
host.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  process.send?.({ port: (host.address() as AddressInfo).port } satisfies HostNews);
});
