/** The HTTP functions of an embedded control plane behind one loopback port: the API at /v1, joining at /node-join. */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { CommandError } from "../command-error.ts";

const HOST = "127.0.0.1";
/** Names by which a browser or a tool on this machine calls us: others are rebinding attempts. */
const OWN_HOSTS = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws CommandError when the port is taken */
export async function listen(app: Hono, port: number): Promise<HttpServer> {
  const guarded = new Hono();
  guarded.use(async (context, next) => {
    if (!OWN_HOSTS.test(context.req.header("Host") ?? "")) return context.text("wrong host", 421);
    return next();
  });
  guarded.get("/healthz", (context) => context.text("ok"));
  // Asked at each request: its routes are added once the port, and so the URL, is known.
  guarded.all("*", (context) => app.fetch(context.req.raw));
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: guarded.fetch, hostname: HOST, port }, (info: AddressInfo) => {
      resolve({ url: `http://${HOST}:${info.port}`, close: () => closeServer(server) });
    });
    server.on("error", (error: NodeJS.ErrnoException) => {
      const taken = `port ${port} is taken: choose another with --port, or end the program that has it`;
      reject(error.code === "EADDRINUSE" ? new CommandError(taken) : error);
    });
  });
}

function closeServer(server: ReturnType<typeof serve>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
