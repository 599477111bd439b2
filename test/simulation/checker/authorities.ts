/** Whose Kubernetes API a call is to: a sweep works on any cluster, so its process does not say. */
import type { ObservedCall } from "../observer.ts";
import type { Watched } from "./checker.ts";

/**
 * The certificate authority tells clusters apart: whose it is, is learned from the machines that serve it.
 *
 * @returns the cluster's uid; nothing before any machine has served it
 */
export function createAuthorities({ cloud }: Watched): (call: ObservedCall) => string | undefined {
  const uids = new Map<string, string>();
  return (call) => {
    const access = call.args[0] as { readonly server: string; readonly caCertificate: string };
    const known = uids.get(access.caCertificate);
    if (known !== undefined) return known;
    const { hostname, port } = new URL(access.server);
    const [machine] = cloud.compute.resolveEndpoint(hostname, Number(port)).machines;
    const uid = machine?.labels["clusterwright-uid"];
    if (uid !== undefined) uids.set(access.caCertificate, uid);
    return uid;
  };
}
