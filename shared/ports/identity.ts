/** Who is calling: tokens that Google signs, checked. */

/** The claims of a Compute Engine instance identity token (format=full), after signature, issuer, audience and expiry. */
export interface MachineIdentity {
  readonly projectId: string;
  readonly zone: string;
  readonly instanceId: string;
  readonly instanceName: string;
  /** The service account of the machine. */
  readonly email: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}
/** A service account or person that called an HTTP function. */
export interface CallerIdentity {
  readonly email: string;
}
export interface IdentityVerifier {
  /** @throws Unauthenticated */
  machine(token: string, audience: string): Promise<MachineIdentity>;
  /** @throws Unauthenticated */
  caller(token: string, audience: string): Promise<CallerIdentity>;
}
/** The token is missing, malformed, forged, expired, or meant for someone else; the message says which. */
export class Unauthenticated extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "Unauthenticated";
  }
}
