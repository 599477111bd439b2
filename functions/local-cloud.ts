/** Client options that reach a local cloud in place of Google's. */
import { PassThroughClient } from "google-auth-library";
import type { ClientOptions } from "google-gax";

/** Google's own when `url` is absent. */
export function localClientOptions(url: string | undefined): ClientOptions {
  if (url === undefined) return {};
  const { hostname, port, protocol } = new URL(url);
  return {
    apiEndpoint: hostname,
    port: Number(port),
    protocol: protocol.replace(":", ""),
    authClient: new PassThroughClient(),
    fallback: true,
  } as ClientOptions;
}

/**
 * Where a cluster's address is reached: at itself, or, with a local cloud, at its loopback twin (10.10.0.2 at 127.10.0.2),
 * as if the functions were inside the cluster's network.
 */
export function localAddress(url: string | undefined): (host: string) => string {
  if (url === undefined) return (host) => host;
  return (host) => (/^\d+\.\d+\.\d+\.\d+$/.test(host) ? host.replace(/^\d+/, "127") : host);
}
