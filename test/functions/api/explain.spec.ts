import assert from "node:assert/strict";
import type { Explanation } from "../../../shared/explain/explain.ts";
import { quickstart } from "../../support/fake-engine.ts";
import { apiRig, message, PATH } from "./rig.ts";

describe("functions/api/explain", () => {
  it("tells of an operation what was decided, and that it still runs", async () => {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const answer = await api.call("GET", `${PATH}/explain/operations/create-1`);
    const { subject, passes, now } = (await answer.json()) as Explanation;
    assert.equal(subject, "operation create-1");
    const steps = passes.flatMap((pass) => pass.steps.map(({ is, verb }) => `${is} ${verb}`));
    assert.deepEqual(steps, ["heard accepted", "did insert"]);
    assert.match(now[0] ?? "", /^running, begun .* by "test"$/);
  });

  it("tells of a node that no record names that there is nothing", async () => {
    const api = await apiRig();
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const { passes } = (await (await api.call("GET", `${PATH}/explain/nodes/n-1`)).json()) as Explanation;
    assert.deepEqual(passes, []);
  });

  it("says what is wrong with a question: no such cluster, no such operation, no name", async () => {
    const api = await apiRig();
    const absent = await api.call("GET", `${PATH}/explain/nodes/n-1`);
    assert.deepEqual([absent.status, await message(absent)], [404, "there is no cluster quickstart"]);
    await api.call("PUT", PATH, quickstart());
    await api.look();
    const unknown = await api.call("GET", `${PATH}/explain/operations/update-9`);
    assert.equal(unknown.status, 404);
    assert.match(await message(unknown), /has no operation update-9; look at its operations/);
    const crooked = await api.call("GET", `${PATH}/explain/nodes/a%2Fb`);
    assert.equal(crooked.status, 400);
  });
});
