import assert from "node:assert/strict";
import { answerControl, type Control } from "../../../simulator/control/endpoint.ts";
import { Refusal } from "../../../simulator/refusal.ts";

describe("the simulated cloud's own endpoint", () => {
  const done: string[] = [];
  const control: Control = {
    use: ({ power, node }) => `${power} of ${node}`,
    subscribe: ({ endpoint }) => void done.push(endpoint),
  };
  const ask = (verb: string, path: string, body: unknown = "") =>
    answerControl(
      control,
      verb,
      `/simulator/${path}`,
      typeof body === "string" ? body : JSON.stringify(body),
    );
  const refused = (status: number) => (error: unknown) =>
    error instanceof Refusal && error.httpStatus === status;

  it("says that it is a simulated cloud, lets things happen, and takes subscriptions of this machine", () => {
    assert.deepEqual(ask("GET", ""), { simulator: "clusterwright" });
    assert.deepEqual(ask("POST", "powers", { power: "hang", node: "n" }), { happened: "hang of n" });
    const endpoint = "http://127.0.0.1:8080/machine-event";
    ask("POST", "subscriptions", { endpoint, serviceAccount: "a@example.com" });
    assert.deepEqual(done, [endpoint]);
  });

  it("refuses what it does not know, and endpoints elsewhere", () => {
    assert.throws(() => ask("POST", "earthquake", {}), refused(404));
    assert.throws(() => ask("DELETE", "powers"), refused(404));
    assert.throws(() => ask("POST", "powers", "{"), refused(400));
    assert.throws(() => ask("POST", "powers", { power: "earthquake" }), refused(400));
    assert.throws(() => ask("POST", "powers", { power: "hang", node: "n", force: true }), refused(400));
    for (const endpoint of ["http://example.com/x", "https://127.0.0.1/x", "file:///etc/passwd", "x"])
      assert.throws(
        () => ask("POST", "subscriptions", { endpoint, serviceAccount: "a@example.com" }),
        refused(400),
      );
  });
});
