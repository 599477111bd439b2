/** The storage classes of the Persistent Disk CSI driver. */
import type { StorageClass } from "./types.ts";

export const PD_CSI_DRIVER = "pd.csi.storage.gke.io";

/** Disks are bound in the zone of the pod that first uses them, and deleted with their claim. */
export function storageClasses(): readonly StorageClass[] {
  return [
    storageClass("standard-rwo", "pd-balanced", true),
    storageClass("premium-rwo", "pd-ssd", false),
    storageClass("standard", "pd-standard", false),
  ];
}
/** Names and types as GKE has them, so that manifests move between the two engines. https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes */
function storageClass(name: string, type: string, isDefault: boolean): StorageClass {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
    provisioner: PD_CSI_DRIVER,
    parameters: { type },
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  };
}
