/** What makes a control-plane machine outdated, and what does not. */
import assert from "node:assert/strict";
import type { Instance } from "../../../../shared/ports/compute-types.ts";
import {
  isOnItsWayOut,
  MADE_FROM,
  madeFromNow,
  makeOf,
  outdatedBecause,
  withMadeFrom,
} from "../../../../shared/resources/gce/outdated-members.ts";
import type { Cluster, ControlPlaneMachine } from "../../../../shared/resources/resource.ts";
import { exampleSpec } from "../../../support/specs.ts";

const spec = exampleSpec("quickstart");
const CLUSTER: Cluster = {
  id: "quickstart",
  uid: "ab12cd",
  spec,
  pins: {
    kubernetesVersion: "1.36.4",
    images: { [spec.controlPlane.os]: "https://example.com/images/system-1" },
    initialised: true,
  },
  facts: { apiExternalAddress: "203.0.113.7" },
  deleting: false,
  joinUrl: "https://join.example.com",
};
function machine(of: Cluster, changes: Partial<Instance> = {}): ControlPlaneMachine {
  const instance: Instance = {
    name: "quickstart-ab12cd-cp-0",
    machineType: `zones/z/machineTypes/${spec.controlPlane.machineType}`,
    serviceAccounts: [
      { email: "clusterwright-control-plane@demo-project.iam.gserviceaccount.com", scopes: [] },
    ],
    networkInterfaces: [{}],
    metadata: withMadeFrom({ items: [] }, madeFromNow(of)),
    ...changes,
  };
  return { member: 0, name: instance.name, zone: "z", selfLink: "", running: true, ...makeOf(instance) };
}
const because = (of: Cluster, changes?: Partial<Instance>) => outdatedBecause(of, machine(CLUSTER, changes));

describe("a control-plane machine is outdated", () => {
  it("not while it is made from what one would be made from now", () => {
    assert.equal(because({ ...CLUSTER, spec: { ...spec, project: "demo-project" } }), undefined);
  });

  it("when its version, system, image, type, account, addresses or certificate are not the wanted ones", () => {
    const wanted = (changes: Partial<Cluster["spec"]["controlPlane"]>): Cluster => ({
      ...CLUSTER,
      spec: { ...spec, controlPlane: { ...spec.controlPlane, ...changes } },
    });
    const pinned = (changes: object): Cluster => ({ ...CLUSTER, pins: { ...CLUSTER.pins, ...changes } });
    assert.equal(because(pinned({ kubernetesVersion: "1.37.1" })), "Kubernetes 1.36.4 → 1.37.1");
    const image = { [spec.controlPlane.os]: "https://example.com/images/system-2" };
    assert.equal(because(pinned({ images: image })), "image system-1 → system-2");
    assert.match(because(wanted({ os: "flatcar" })) ?? "", /^operating system \S+ → flatcar$/);
    assert.match(
      because(wanted({ machineType: "n2-standard-8" })) ?? "",
      /^machine type \S+ → n2-standard-8$/,
    );
    assert.match(because(wanted({ serviceAccount: "a@b" })) ?? "", /^service account \S+ → a@b$/);
    const open = { ...CLUSTER, spec: { ...spec, network: { ...spec.network, nodesPrivate: false } } };
    assert.equal(because(open), "addresses private → public");
    const moved = { ...CLUSTER, facts: { apiExternalAddress: "203.0.113.8" } };
    assert.equal(because(moved), "its certificate does not name 203.0.113.8");
  });

  it("by its kubelet where it does not say what it was made from, or says what nobody understands", () => {
    for (const value of ["{", "[]", '{"os":1}', "null"]) {
      const metadata = { items: [{ key: MADE_FROM, value }] };
      assert.equal(because(CLUSTER, { metadata }), undefined);
      const node = {
        name: "quickstart-ab12cd-cp-0",
        kubeletVersion: "1.35.8",
        ready: true,
        unschedulable: false,
      };
      const nodes = [{ ...node, bootId: "", labels: {} }];
      const kubernetes = { version: "1.35.8", apiServers: [], nodes };
      const seen = { ...CLUSTER, facts: { ...CLUSTER.facts, kubernetes } };
      assert.equal(because(seen, { metadata }), "Kubernetes 1.35.8 → 1.36.4");
    }
  });

  it("and on its way out only once its node bears our cordon", () => {
    const node = {
      name: "quickstart-ab12cd-cp-0",
      kubeletVersion: "1.36.4",
      ready: true,
      unschedulable: true,
    };
    const seen = (more: object): Cluster => ({
      ...CLUSTER,
      pins: { ...CLUSTER.pins, kubernetesVersion: "1.37.1" },
      facts: {
        ...CLUSTER.facts,
        kubernetes: { version: "", apiServers: [], nodes: [{ ...node, bootId: "", labels: {}, ...more }] },
      },
    });
    assert.equal(isOnItsWayOut(seen({}), machine(CLUSTER)), false);
    assert.equal(isOnItsWayOut(seen({ cordoned: { reason: "", sinceMs: 0 } }), machine(CLUSTER)), true);
  });
});
