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
