/** Edits of what runs inside of every cluster. */
import assert from "node:assert/strict";
import { type CarriedOut, type Row, set } from "./row.ts";

const GREETING = `apiVersion: v1
kind: ConfigMap
metadata: { name: greeting, namespace: default }
data: { hello: world }
`;

export const OF_ADDONS: readonly Row[] = [
  turnedOff("dns", "coredns"),
  turnedOff("metrics", "metrics-server"),
  turnedOff("storage", "csi-gce-pd-controller"),
  turnedOff("nodeProblemDetector", "node-problem-detector"),
  {
    field: "addons.manifests",
    edit: set("addons.manifests", [GREETING]),
    quiet: true,
    shows: async (cluster) =>
      assert.deepEqual((await cluster.inside("/api/v1/namespaces/default/configmaps/greeting"))?.["data"], {
        hello: "world",
      }),
  },
];

/** Its pods are gone, and no object of it is left. */
function turnedOff(addon: string, pods: string): CarriedOut {
  return {
    field: `addons.${addon}`,
    edit: set(`addons.${addon}`, false),
    quiet: true,
    shows: (cluster) => cluster.untilInside(async () => (await cluster.podsNamed(pods)).length === 0),
  };
}
