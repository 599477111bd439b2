/** Claims a part of the loopback network for one simulated cloud, so that several on one machine do not meet. */
import { createServer, type Server } from "node:net";
import { EXTERNAL_RANGE } from "../compute/addresses.ts";
import { numberToAddress, type Range } from "../compute/ip.ts";

export interface ClaimedAddresses {
  /** External addresses of this cloud alone. */
  readonly range: Range;
  release(): Promise<void>;
}

/** 65,536 addresses for each cloud, 64 clouds. */
const SHARE = 2 ** 16;
/** Whoever listens at the first address of a share has it. */
const CLAIM_PORT = 6443;

/** The first share that is free; the first of all where this machine has no further loopback addresses. */
export async function claimAddresses(): Promise<ClaimedAddresses> {
  for (let start = EXTERNAL_RANGE.start; start < EXTERNAL_RANGE.start + EXTERNAL_RANGE.size; start += SHARE) {
    const claim = await listen(numberToAddress(start));
    if (claim === "taken") continue;
    if (claim === "impossible") break;
    return {
      // Without its first address, which is the claim.
      range: { start: start + 1, size: SHARE - 1 },
      release: () => new Promise((resolve) => claim.close(() => resolve())),
    };
  }
  return { range: EXTERNAL_RANGE, release: async () => {} };
}

function listen(host: string): Promise<Server | "taken" | "impossible"> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EADDRINUSE" ? "taken" : "impossible"),
    );
    server.listen({ host, port: CLAIM_PORT, exclusive: true }, () => resolve(server.unref()));
  });
}
