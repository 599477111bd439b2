/** How long a wait counts itself to take. */
import assert from "node:assert/strict";
import type { ApiClient } from "../../cli/api-client.ts";
import { waitFor } from "../../cli/wait-for.ts";

const HOUR_MS = 3_600_000;

describe("Waiting for one cluster of several", () => {
  it("counts from when all of them were asked for, and gives up by that", async () => {
    const api = { get: async (id: string) => ({ id, spec: {}, version: "1" }) } as unknown as ApiClient;
    const sinceMs = Date.now() - HOUR_MS;
    await assert.rejects(
      waitFor(api, "second", { what: "ready", timeoutMs: HOUR_MS / 2, sinceMs }),
      /cluster second is not Ready after 30 min/,
    );
  });
});
