/** Where a cluster's API servers listen, and how one is addressed. */

/** kubeadm's default, end to end: passthrough load balancers do not translate ports (trap 2). */
export const API_PORT = 6443;

export function apiServerUrl(address: string): string {
  return `https://${address}:${API_PORT}`;
}
