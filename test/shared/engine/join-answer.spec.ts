import assert from "node:assert/strict";
import { joinAnswer } from "../../../shared/engine/join-answer.ts";
import type { ControlPlaneMachine, Facts } from "../../../shared/resources/resource.ts";

const member = (index: number, running = true): ControlPlaneMachine => ({
  member: index,
  name: `cp-${index}`,
  zone: "europe-west4-a",
  selfLink: "",
  internalAddress: `10.0.0.1${index}`,
  running,
});
const FACTS: Facts = {
  access: { server: "", caCertificate: "", clientCertificate: "", clientKey: "" },
  caHash: "sha256:00",
  apiInternalAddress: "10.0.0.2",
  kubernetes: { version: "1.36.4", apiServers: ["cp-0", "cp-1"], nodes: [] },
  controlPlane: [member(0, false), member(1), member(2)],
};
const endpoint = (facts: Facts, role: "worker" | "control-plane", name: string): string | undefined => {
  const answer = joinAnswer(facts, role, name);
  return answer.ready ? answer.apiServerEndpoint : undefined;
};

describe("engine/join-answer", () => {
  it("sends workers to the load balancer", () =>
    assert.equal(endpoint(FACTS, "worker", "w"), "10.0.0.2:6443"));

  it("sends a control-plane machine to one that runs and serves, never to itself or the balancer (trap 1)", () => {
    assert.equal(endpoint(FACTS, "control-plane", "cp-2"), "10.0.0.11:6443");
    assert.equal(
      endpoint(FACTS, "control-plane", "cp-1"),
      undefined,
      "cp-0 does not run, cp-2 does not serve",
    );
  });

  it("says what is missing", () => {
    const { caHash: _hash, ...keyless } = FACTS;
    const { kubernetes: _kubernetes, ...silent } = FACTS;
    const { apiInternalAddress: _address, ...homeless } = FACTS;
    assert.deepEqual(joinAnswer(keyless, "worker", "w"), {
      ready: false,
      waitingFor: "the cluster's keys and address",
    });
    assert.deepEqual(joinAnswer(silent, "worker", "w"), {
      ready: false,
      waitingFor: "the cluster's API to answer",
    });
    assert.equal(joinAnswer(homeless, "worker", "w").ready, false);
  });
});
