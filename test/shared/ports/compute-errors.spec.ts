/** One meaning for each error of Compute Engine, however much of it is left. */
import assert from "node:assert/strict";
import type { CloudErrorCode } from "../../../shared/ports/cloud-error.ts";
import { cloudErrorCodeFromOperation, cloudErrorFromHttp } from "../../../shared/ports/compute-errors.ts";

describe("errors of Compute Engine", () => {
  const byMessage: readonly (readonly [number, string, CloudErrorCode])[] = [
    [
      403,
      "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per region' of service",
      "rate-limited",
    ],
    [403, "Quota 'CPUS' exceeded.  Limit: 24.0 in region europe-west4.", "quota-exceeded"],
    [403, "Required 'compute.instances.create' permission for 'projects/demo'", "permission-denied"],
    [400, "The network resource 'n' is already being used by 'f'", "in-use"],
    [400, "The resource 'projects/demo/regions/r/subnetworks/s' is not ready", "not-ready"],
    [
      400,
      "The zone 'europe-west4-a' does not have enough resources available to fulfill the request.",
      "stockout",
    ],
    [400, "Invalid value for field 'resource.name': 'X'.", "invalid"],
    [504, "Deadline", "unknown-outcome"],
    [501, "not modelled", "invalid"],
  ];
  for (const [status, message, code] of byMessage)
    it(`reads ${code} from "${message.slice(0, 40)}…" alone`, () => {
      assert.equal(cloudErrorFromHttp(status, { error: { message } }).code, code);
    });
  it("reads the reason of an ErrorInfo", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "RATE_LIMIT_EXCEEDED" }];
    assert.equal(cloudErrorFromHttp(403, { error: { message: "no", details } }).code, "rate-limited");
  });
  it("tells a conflict with a running operation from a taken name", () => {
    assert.equal(
      cloudErrorFromHttp(409, { error: { status: "ABORTED", message: "conflict" } }).code,
      "not-ready",
    );
    assert.equal(cloudErrorFromHttp(409, { error: { message: "exists" } }).code, "already-exists");
  });
  it("makes do with an answer that is not an error body", () => {
    for (const body of [undefined, null, "<html>", 7, [], { error: "text" }])
      assert.equal(cloudErrorFromHttp(502, body, "projects/demo").code, "unavailable");
    const error = cloudErrorFromHttp(403, "<html>", "projects/demo");
    assert.equal(error.target, "projects/demo");
    assert.match(error.message, /HTTP 403/);
  });
  it("reads the codes of failed operations", () => {
    assert.equal(cloudErrorCodeFromOperation("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"), "stockout");
    assert.equal(cloudErrorCodeFromOperation("QUOTA_EXCEEDED"), "quota-exceeded");
    assert.equal(cloudErrorCodeFromOperation("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"), "in-use");
    assert.equal(cloudErrorCodeFromOperation("SOMETHING_NEW"), "invalid");
  });
});
