/** All objects that a cluster's add-ons consist of, each with the add-on it belongs to. */
import { remembered } from "../../bootstrap/remembered.ts";
import type { Cluster, Waiting } from "../resource.ts";
import { calico } from "./manifests/calico.ts";
import { cilium } from "./manifests/cilium.ts";
import { cloudControllerManager } from "./manifests/cloud-controller-manager.ts";
import { metricsServer } from "./manifests/metrics-server.ts";
import { nodeProblemDetector } from "./manifests/node-problem-detector.ts";
import { pdCsiDriver } from "./manifests/pd-csi-driver.ts";
import { type AddonSettings, addonSettings } from "./manifests/settings.ts";
import { ADDON_LABEL, type KubernetesObject, marked, objectKey } from "./object.ts";
import { userManifests } from "./user-manifests.ts";

export interface DesiredObject {
  /** `apps/v1 DaemonSet kube-system/cloud-controller-manager` */
  readonly name: string;
  readonly addon: string;
  readonly object: KubernetesObject;
}
export const USER_MANIFESTS = "manifests";

/** Pure. Waits for the Kubernetes API and for the address that nodes call. */
export function desiredAddons(cluster: Cluster): readonly DesiredObject[] | Waiting {
  const { kubernetes, apiInternalAddress } = cluster.facts;
  if (kubernetes === undefined) return { key: "addons", reason: "the cluster's Kubernetes API to answer" };
  if (apiInternalAddress === undefined) return { key: "addons", reason: "the internal address of the API" };
  return renderAddons(addonSettings(cluster, apiInternalAddress));
}

/** About 50 objects each: observing and planning ask for the same ones, and so does the next pass. */
const RENDERED_KEPT = 64;

/** Built-in add-ons first; of two objects with one identity the first stays, so that manifests replace nothing of ours. */
export const renderAddons: (settings: AddonSettings) => readonly DesiredObject[] = remembered(
  render,
  RENDERED_KEPT,
);

function render(settings: AddonSettings): readonly DesiredObject[] {
  const objects = new Map<string, DesiredObject>();
  for (const [addon, content] of Object.entries(builtIn(settings))) {
    for (const object of content) add(objects, addon, withPodLabel(addon, object));
  }
  for (const object of userManifests(settings.manifests).objects) add(objects, USER_MANIFESTS, object);
  return [...objects.values()];
}
function add(objects: Map<string, DesiredObject>, addon: string, object: KubernetesObject): void {
  const name = objectKey(object);
  if (!objects.has(name)) objects.set(name, { name, addon, object: marked(addon, object) });
}

function builtIn(settings: AddonSettings): Readonly<Record<string, readonly KubernetesObject[]>> {
  return {
    ...networkPlugin(settings),
    "cloud-controller-manager": cloudControllerManager(settings),
    ...(settings.metrics ? { "metrics-server": metricsServer(settings) } : {}),
    ...(settings.storage ? { "pd-csi-driver": pdCsiDriver(settings) } : {}),
    ...(settings.nodeProblemDetector ? { "node-problem-detector": nodeProblemDetector(settings) } : {}),
  };
}
function networkPlugin(settings: AddonSettings): Readonly<Record<string, readonly KubernetesObject[]>> {
  switch (settings.plugin) {
    case "cilium":
      return { cilium: cilium(settings) };
    case "calico":
      return { calico: calico(settings) };
    case "alias-ip":
      // Machines have routable pod ranges and their own CNI configuration; the cloud controller manager hands ranges out.
      return {};
  }
}

/** So that one list finds all pods of add-ons. */
function withPodLabel(addon: string, object: KubernetesObject): KubernetesObject {
  const { spec } = object as {
    readonly spec?: { readonly template?: { readonly metadata?: { readonly labels?: object } } };
  };
  if (spec?.template === undefined) return object;
  const labels = { ...spec.template.metadata?.labels, [ADDON_LABEL]: addon };
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  return { ...object, spec: { ...spec, template } } as KubernetesObject;
}
