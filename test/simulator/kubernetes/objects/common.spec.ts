import assert from "node:assert/strict";
import { common, derived } from "../../../../simulator/kubernetes/objects/common.ts";
import { sealed } from "../../../../simulator/kubernetes/objects/sealed.ts";

const template = () => ({ containers: [{ name: "agent", image: "registry.example/agent:v1.2.3" }] });

describe("what clusters have in common", () => {
  it("is one object for the same content, and leaves what it was made from alone", () => {
    const mine = template();
    assert.equal(common(mine), common(template()));
    mine.containers[0] = { name: "other", image: "registry.example/other:v1" };
    assert.deepEqual(common(template()), template());
    assert.notEqual(common(mine), common(template()));
  });

  it("is derived from once; from what may still change, each time", () => {
    let times = 0;
    const names = derived((spec: ReturnType<typeof template>) => {
      times += 1;
      return spec.containers.map(({ name }) => name);
    });
    const still = sealed(template());
    assert.equal(names(still), names(still));
    assert.equal(times, 1);
    const open = template();
    names(open);
    open.containers[0] = { name: "other", image: "" };
    assert.deepEqual(names(open), ["other"]);
  });
});
