/** A cluster whose own Kubernetes API lies: its machines are looked after and deleted all the same, and nobody else's. */
import assert from "node:assert/strict";
import type { Engine } from "../../shared/engine/engine.ts";
import { createLookMemory } from "../../shared/engine/look-memory.ts";
import { pass } from "../../shared/engine/pass.ts";
import type { KubernetesTransport } from "../../shared/ports/kubernetes.ts";
import { quickstart } from "../support/fake-engine.ts";
import { type SimulatedPlane, simulatedPlane } from "../support/simulated-plane.ts";

const ID = "quickstart";
const metadata = { name: "a" };
/** Bodies of 200 for every question. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  nothing: null,
  "a text": "<html>",
  "a number": 5,
  "an array": [],
  "items that are a text": { items: "abc" },
  "items that are a map": { items: { a: 1 } },
  "items that are null": { items: [null] },
  "items without metadata": { items: [{}] },
  "items that are numbers": { items: [1, 2] },
  "a list that bears no end": { items: [], metadata: { continue: 5 } },
  "names that are no texts": { items: [{ metadata: { name: { toString: null } } }] },
  "names that look like paths": { items: [{ metadata: { name: "../../secrets/x", namespace: "../.." } }] },
  "labels that are no map": { items: [{ metadata: { ...metadata, labels: null, annotations: 7 } }] },
  "labels that are no texts": {
    items: [{ metadata: { ...metadata, labels: { a: {} }, annotations: { a: [] } } }],
  },
  "a spec that is none": { items: [{ metadata, spec: 7, status: "x" }] },
  "conditions that are none": { items: [{ metadata, spec: {}, status: { conditions: [null] } }] },
  "conditions that are a text": {
    items: [{ metadata, spec: { taints: "x", providerID: 7 }, status: { conditions: "x" } }],
  },
  "a version that is none": { gitVersion: {}, items: [] },
  "more items than were asked for": { items: Array.from({ length: 300_000 }, () => ({ metadata })) },
};

/** Answers to every question; the rest of the plane is as it was. */
function lying(plane: SimulatedPlane, status: number, body: unknown): Engine {
  const { cloud } = plane.engine;
  const kubernetes: KubernetesTransport = { request: async () => ({ status, body }) };
  return { ...plane.engine, cloud: { ...cloud, kubernetes } };
}

/** No workload is available, and each pod says why at length. */
function complaining(body: unknown): unknown {
  const waiting = { reason: "x".repeat(200_000), message: "y".repeat(200_000) };
  const status = { replicas: 0, availableReplicas: 0, numberAvailable: 0 };
  const { items } = body as { readonly items?: readonly { readonly status?: object }[] };
  if (items === undefined) return body;
  return {
    ...(body as object),
    items: items.map((item) => ({
      ...item,
      status: { ...item.status, ...status, containerStatuses: [{ name: "a", state: { waiting } }] },
    })),
  };
}

describe("a cluster whose own Kubernetes API lies", () => {
  it("is looked at all the same, whatever that says", async () => {
    const plane = simulatedPlane(3);
    await plane.write(ID, quickstart());
    await plane.until(ID, (now) => now?.phase === "Ready");
    for (const [what, body] of Object.entries(ANSWERS)) {
      const engine = { ...lying(plane, 200, body), memory: createLookMemory() };
      await pass(engine, ID, what);
    }
    await plane.until(ID, (now) => now?.phase === "Ready");
  });

  it("has room for its status, however much that says was wrong", async () => {
    const plane = simulatedPlane(3);
    await plane.write(ID, quickstart());
    await plane.until(ID, (now) => now?.phase === "Ready");
    const body = { kind: "Status", message: "x".repeat(1_000_000) };
    const { outcome } = await pass(lying(plane, 422, body), ID, "all is refused at length");
    assert.equal(outcome, "saved");
    assert.notEqual((await plane.status(ID))?.phase, "Ready");
  });

  it("has room for its status, however much its pods say is wrong", async () => {
    const plane = simulatedPlane(3);
    await plane.write(ID, quickstart());
    await plane.until(ID, (now) => now?.phase === "Ready");
    const { cloud } = plane.engine;
    const kubernetes: KubernetesTransport = {
      request: async (access, request) => {
        const answer = await cloud.kubernetes.request(access, request);
        return request.method === "GET" ? { ...answer, body: complaining(answer.body) } : answer;
      },
    };
    const engine = { ...plane.engine, cloud: { ...cloud, kubernetes } };
    assert.equal((await pass(engine, ID, "no pod runs")).outcome, "saved");
    const status = await plane.status(ID);
    assert.match(JSON.stringify(status?.conditions), /x{1000}/);
  });

  for (const what of ["nothing", "items that are null", "a spec that is none"])
    it(`is deleted to nothing, though that answers to the end: ${what}`, async () => {
      const body = ANSWERS[what];
      const plane = simulatedPlane(3);
      await plane.write(ID, quickstart());
      await plane.until(ID, (now) => now?.phase === "Ready");
      const { uid } = (await plane.status(ID)) ?? {};
      await plane.write(ID, { ...quickstart(), deletion: { uid } });
      Object.assign(plane.engine.cloud, lying(plane, 200, body).cloud);
      await plane.until(ID, (now) => now === undefined);
    });
});
