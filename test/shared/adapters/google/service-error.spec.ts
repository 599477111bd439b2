import assert from "node:assert/strict";
import { toCloudError } from "../../../../shared/adapters/google/service-error.ts";
import { CLOUD_ERROR_CODES, CloudError } from "../../../../shared/ports/cloud-error.ts";

describe("errors of Google's clients", () => {
  const codeOf = (fields: object) => toCloudError(Object.assign(new Error("x"), fields), "projects/p").code;

  it("have one meaning for each gRPC status, OK excepted", () => {
    for (let status = 1; status <= 16; status++)
      assert.ok(CLOUD_ERROR_CODES.includes(codeOf({ code: status })));
    assert.equal(codeOf({ code: 5 }), "not-found");
    assert.equal(codeOf({ code: 6 }), "already-exists");
    assert.equal(codeOf({ code: 7 }), "permission-denied");
    assert.equal(codeOf({ code: 8 }), "rate-limited");
    assert.equal(codeOf({ code: 4 }), "unknown-outcome");
  });

  it("say that nothing happened when nothing was sent, and nothing for sure otherwise", () => {
    assert.equal(codeOf({ code: "ECONNREFUSED" }), "unavailable");
    assert.equal(
      codeOf({ code: 2, cause: undefined, message: "connect ECONNREFUSED 127.0.0.1:1" }),
      "unavailable",
    );
    assert.equal(codeOf({ code: "ECONNRESET" }), "unknown-outcome");
    assert.equal(toCloudError("text", "projects/p").code, "unknown-outcome");
  });

  it("name their target, and stay as they are when they are mapped already", () => {
    const mapped = toCloudError(new Error("boom"), "projects/p");
    assert.equal(mapped.target, "projects/p");
    assert.match(mapped.message, /projects\/p: boom/);
    const own = new CloudError("stale", "x");
    assert.equal(toCloudError(own, "projects/p"), own);
  });
});
