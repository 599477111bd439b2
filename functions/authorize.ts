/** Lets a request in, or answers 401 or 403: the bearer token must be Google's, for this audience, of an allowed account. */
import { HTTPException } from "hono/http-exception";
import { type IdentityVerifier, Unauthenticated } from "../shared/ports/identity.ts";

/** @returns the e-mail of the caller. @throws HTTPException 401, 403 */
export async function authorize(
  identity: IdentityVerifier,
  authorization: string | undefined,
  audience: string,
  allowed: readonly string[],
): Promise<string> {
  const token = bearer(authorization);
  const email = await callerOf(identity, token, audience);
  if (!allowed.some((pattern) => matches(pattern, email))) {
    throw new HTTPException(403, {
      message: `${email} may not call this; ask for it to be added to the allowed callers`,
    });
  }
  return email;
}

/** @throws HTTPException 401 */
export function bearer(authorization: string | undefined): string {
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new HTTPException(401, { message: "send Authorization: Bearer <token>" });
  return token;
}

async function callerOf(identity: IdentityVerifier, token: string, audience: string): Promise<string> {
  try {
    return (await identity.caller(token, audience)).email;
  } catch (error) {
    if (error instanceof Unauthenticated) throw new HTTPException(401, { message: error.message });
    throw error;
  }
}

/** An address, or `*@example.com` for all of a domain. */
function matches(pattern: string, email: string): boolean {
  return pattern.startsWith("*@") ? email.endsWith(pattern.slice(1)) : pattern === email;
}
