/**
 * Loopback twins of private addresses: 10.10.0.2 of a simulated network is served at 127.10.0.2, so that it can be
 * reached from this machine as if one were inside the network. Addresses of 127/8 stand for themselves.
 */
export function loopbackTwin(address: string): string {
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? address.replace(/^\d+\./, "127.") : address;
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}
