import assert from "node:assert/strict";
import { createSweep } from "../../functions/sweep.ts";
import type { SweepReport } from "../../shared/engine/sweep.ts";
import type { Compute } from "../../shared/ports/compute.ts";
import { ID, quickstart } from "../support/fake-engine.ts";
import { fakeKind } from "../support/fake-kind.ts";
import { INVOKER, OPERATOR, type TestPlane, testPlane, URLS } from "./plane.ts";

describe("functions/sweep", () => {
  /** With a cloud that can be counted: it is empty. */
  const planeWith = async (...kinds: Parameters<typeof testPlane>): Promise<TestPlane> => {
    const test = await testPlane(...kinds);
    const { engine } = test.plane;
    const compute = { ...engine.cloud.compute, list: async () => [] } as unknown as Compute;
    return { ...test, plane: { ...test.plane, engine: { ...engine, cloud: { ...engine.cloud, compute } } } };
  };
  const call = async (test: TestPlane, authorization?: string) =>
    createSweep(test.plane).request("/", {
      method: "POST",
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });

  it("carries out a document whose trigger was lost, and then a wake-up that was lost", async () => {
    const network = fakeKind("networks");
    const test = await planeWith([network]);
    await test.world.write(quickstart());
    const first = await call(test, await test.bearer(INVOKER, URLS.sweep));
    assert.deepEqual(((await first.json()) as SweepReport).unnoticed, [ID]);
    network.end();
    await test.world.clock.advance(10 * 60_000);
    const second = await call(test, await test.bearer(INVOKER, URLS.sweep));
    assert.deepEqual(((await second.json()) as SweepReport).overdue, [ID]);
    assert.equal((await test.world.status()).phase, "Ready");
    const third = (await (await call(test, await test.bearer(INVOKER, URLS.sweep))).json()) as SweepReport;
    assert.deepEqual([third.overdue, third.unnoticed], [[], []], "a settled cluster is left alone");
  });

  it("refuses every caller but the scheduler, and looks at nothing for it", async () => {
    const network = fakeKind("networks");
    const test = await planeWith([network]);
    await test.world.write(quickstart());
    const callers: readonly (readonly [header: string | undefined, status: number])[] = [
      [undefined, 401],
      ["Bearer forged", 401],
      [await test.bearer(INVOKER, URLS.reconcile), 401],
      [await test.bearer(OPERATOR, URLS.sweep), 403],
    ];
    for (const [header, status] of callers) assert.equal((await call(test, header)).status, status);
    assert.equal(network.calls.length, 0);
  });

  it("is not moved by a GET", async () => {
    const test = await planeWith();
    assert.equal((await createSweep(test.plane).request("/")).status, 404);
  });
});
