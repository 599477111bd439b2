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

describe("Waiting for a change", () => {
  const message = "0 of 2 machines of pool general replaced; waiting for node n-1 to be drained.";
  const status = (generation: number) => ({
    phase: "Updating",
    generation,
    readyGeneration: 1,
    deleting: false,
    conditions: [{ type: "UpToDate", status: "False", message, observedGeneration: generation }],
    inventory: [],
    nodes: { ready: 2, desired: 2 },
  });
  const waited = (generation: number) => {
    const get = async (id: string) => ({ id, spec: {}, version: "2", status: status(generation) });
    const api = { get } as unknown as ApiClient;
    return waitFor(api, "shop", { what: "ready", timeoutMs: 0, pastGeneration: 1 });
  };

  it("says what it still waited for when it gives up", async () => {
    await assert.rejects(waited(2), {
      message: `cluster shop is not Ready after 0 s:\n  UpToDate: ${message}`,
    });
  });

  it("ends at once when an upgrade was rolled back, for only an edit goes on from there", async () => {
    const back = "Pool general was rolled back. Change the pool's spec and it is tried again.";
    const halted = { ...status(2), phase: "Blocked", readyGeneration: 2 };
    const conditions = [{ ...halted.conditions[0], reason: "Halted", message: back }];
    const get = async (id: string) => ({ id, spec: {}, version: "2", status: { ...halted, conditions } });
    await assert.rejects(
      waitFor({ get } as unknown as ApiClient, "shop", {
        what: "ready",
        timeoutMs: HOUR_MS,
        pastGeneration: 1,
      }),
      { message: `cluster shop cannot go on by itself:\n  UpToDate: ${back}` },
    );
  });

  it("takes nothing for its own of what the status said before", async () => {
    await assert.rejects(waited(1), /is not Ready after 0 s: the control plane has not taken it in$/);
  });
});
