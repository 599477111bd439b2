/** The Persistent Disk CSI driver, with the machines' own service account (its "noauth" overlay): controller, node part, rights. */
import type { KubernetesObject } from "../object.ts";
import { CONTROL_PLANE_NODES, EVERYWHERE, LINUX_NODES, ON_CONTROL_PLANE } from "./placement.ts";
import {
  accountSubject,
  clusterRole,
  clusterRoleBinding,
  role,
  roleBinding,
  rule,
  SYSTEM_NAMESPACE,
  serviceAccount,
} from "./rbac.ts";
import type { AddonSettings } from "./settings.ts";
import { PD_CSI_DRIVER, storageClasses } from "./storage-classes.ts";
import type {
  Container,
  CsiDriver,
  DaemonSet,
  Deployment,
  PolicyRule,
  Volume,
  VolumeMount,
} from "./types.ts";
import { PD_CSI_IMAGES } from "./versions.ts";

const CONTROLLER = "csi-gce-pd-controller";
const NODE = "csi-gce-pd-node";
const READ = ["get", "list", "watch"];
const SOCKET: VolumeMount = { name: "socket-dir", mountPath: "/csi" };
const SIDECAR_FLAGS = ["--v=2", "--csi-address=/csi/csi.sock"];
const ELECTION_FLAGS = ["--leader-election", `--leader-election-namespace=${SYSTEM_NAMESPACE}`];

export function pdCsiDriver(settings: AddonSettings): readonly KubernetesObject[] {
  const driver: CsiDriver = {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: PD_CSI_DRIVER },
    spec: { attachRequired: true, podInfoOnMount: false },
  };
  return [
    serviceAccount(CONTROLLER),
    serviceAccount(NODE),
    clusterRole("clusterwright:csi-gce-pd-controller", CONTROLLER_RULES),
    clusterRoleBinding(
      "clusterwright:csi-gce-pd-controller",
      "clusterwright:csi-gce-pd-controller",
      accountSubject(CONTROLLER),
    ),
    clusterRole("clusterwright:csi-gce-pd-node", [rule("", ["nodes"], ["get", "list"])]),
    clusterRoleBinding(
      "clusterwright:csi-gce-pd-node",
      "clusterwright:csi-gce-pd-node",
      accountSubject(NODE),
    ),
    role("clusterwright:csi-gce-pd-leader-election", [
      rule("coordination.k8s.io", ["leases"], ["get", "watch", "list", "delete", "update", "create"]),
    ]),
    roleBinding(
      "clusterwright:csi-gce-pd-leader-election",
      "clusterwright:csi-gce-pd-leader-election",
      accountSubject(CONTROLLER),
    ),
    driver,
    ...storageClasses(),
    controller(settings),
    nodePart(),
  ];
}

/** What provisioner, attacher and resizer each need, in one role. Source: deploy/kubernetes/base/controller in the driver's repository. */
const CONTROLLER_RULES: readonly PolicyRule[] = [
  rule("", ["persistentvolumes"], [...READ, "create", "delete", "update", "patch"]),
  rule("", ["persistentvolumeclaims"], [...READ, "update"]),
  rule("", ["persistentvolumeclaims/status"], ["update", "patch"]),
  rule("", ["pods", "nodes"], READ),
  rule("", ["events"], ["list", "watch", "create", "update", "patch"]),
  rule("storage.k8s.io", ["storageclasses", "csinodes", "volumeattributesclasses"], READ),
  rule("storage.k8s.io", ["volumeattachments"], [...READ, "update", "patch"]),
  rule("storage.k8s.io", ["volumeattachments/status"], ["patch"]),
  rule("snapshot.storage.k8s.io", ["volumesnapshots", "volumesnapshotcontents"], ["get", "list"]),
];

function controller(settings: AddonSettings): Deployment {
  const labels = { app: CONTROLLER };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: CONTROLLER, namespace: SYSTEM_NAMESPACE, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: CONTROLLER,
          // On the control plane: only its machines' service account may create and attach disks.
          hostNetwork: true,
          priorityClassName: "system-cluster-critical",
          nodeSelector: CONTROL_PLANE_NODES,
          tolerations: ON_CONTROL_PLANE,
          containers: [
            {
              name: "gce-pd-driver",
              image: PD_CSI_IMAGES.driver,
              command: ["/gce-pd-csi-driver"],
              args: [
                "--v=2",
                "--endpoint=unix:/csi/csi.sock",
                "--run-node-service=false",
                "--supports-dynamic-iops-provisioning=hyperdisk-balanced,hyperdisk-extreme",
                "--supports-dynamic-throughput-provisioning=hyperdisk-balanced,hyperdisk-throughput,hyperdisk-ml",
                // So that the disks of a cluster can be found by its name.
                `--extra-labels=clusterwright-cluster=${settings.clusterName}`,
              ],
              resources: { requests: { cpu: "20m", memory: "64Mi" } },
              volumeMounts: [SOCKET],
            },
            sidecar("csi-provisioner", PD_CSI_IMAGES.provisioner, [
              "--feature-gates=Topology=true",
              "--timeout=250s",
              "--extra-create-metadata",
              "--default-fstype=ext4",
              "--controller-publish-readonly=true",
            ]),
            sidecar("csi-attacher", PD_CSI_IMAGES.attacher, ["--timeout=250s"]),
            sidecar("csi-resizer", PD_CSI_IMAGES.resizer, ["--handle-volume-inuse-error=false"]),
          ],
          volumes: [{ name: "socket-dir", emptyDir: {} }],
        },
      },
    },
  };
}
function sidecar(name: string, image: string, flags: readonly string[]): Container {
  const args = [...SIDECAR_FLAGS, ...ELECTION_FLAGS, ...flags];
  return {
    name,
    image,
    args,
    resources: { requests: { cpu: "10m", memory: "20Mi" } },
    volumeMounts: [SOCKET],
  };
}

/** Directories of the host that mounting and formatting need. */
const HOST_DIRECTORIES: readonly (Volume & { readonly mount: Omit<VolumeMount, "name"> })[] = [
  host(
    "plugin-dir",
    `/var/lib/kubelet/plugins/${PD_CSI_DRIVER}/`,
    { mountPath: "/csi" },
    "DirectoryOrCreate",
  ),
  host(
    "kubelet-plugin-dir",
    "/var/lib/kubelet/plugins/kubernetes.io/csi",
    { mountPath: "/var/lib/kubelet/plugins/kubernetes.io/csi", mountPropagation: "Bidirectional" },
    "DirectoryOrCreate",
  ),
  host("kubelet-pods", "/var/lib/kubelet/pods", {
    mountPath: "/var/lib/kubelet/pods",
    mountPropagation: "Bidirectional",
  }),
  host("device-dir", "/dev", { mountPath: "/dev" }),
  host("udev-rules-etc", "/etc/udev", { mountPath: "/etc/udev" }),
  host("udev-rules-lib", "/lib/udev", { mountPath: "/lib/udev" }),
  host("udev-socket", "/run/udev", { mountPath: "/run/udev" }),
  host("sys", "/sys", { mountPath: "/sys" }),
];
function host(
  name: string,
  path: string,
  mount: Omit<VolumeMount, "name">,
  type: "Directory" | "DirectoryOrCreate" = "Directory",
) {
  return { name, hostPath: { path, type }, mount };
}

function nodePart(): DaemonSet {
  const labels = { app: NODE };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: NODE, namespace: SYSTEM_NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NODE,
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          nodeSelector: LINUX_NODES,
          tolerations: EVERYWHERE,
          containers: [registrar(), nodeDriver()],
          volumes: [
            ...HOST_DIRECTORIES.map(({ mount: _, ...volume }) => volume),
            {
              name: "registration-dir",
              hostPath: { path: "/var/lib/kubelet/plugins_registry/", type: "Directory" },
            },
          ],
        },
      },
    },
  };
}
const NODE_NAME_ENV = { name: "KUBE_NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } };
function registrar(): Container {
  const socket = `/var/lib/kubelet/plugins/${PD_CSI_DRIVER}/csi.sock`;
  return {
    name: "csi-driver-registrar",
    image: PD_CSI_IMAGES.registrar,
    args: [...SIDECAR_FLAGS, `--kubelet-registration-path=${socket}`],
    env: [NODE_NAME_ENV],
    resources: { requests: { cpu: "10m", memory: "10Mi" } },
    volumeMounts: [
      { name: "plugin-dir", mountPath: "/csi" },
      { name: "registration-dir", mountPath: "/registration" },
    ],
  };
}
function nodeDriver(): Container {
  return {
    name: "gce-pd-driver",
    image: PD_CSI_IMAGES.driver,
    command: ["/gce-pd-csi-driver"],
    args: [
      "--v=2",
      "--endpoint=unix:/csi/csi.sock",
      "--run-controller-service=false",
      "--node-name=$(KUBE_NODE_NAME)",
    ],
    env: [NODE_NAME_ENV],
    resources: { requests: { cpu: "10m", memory: "32Mi" } },
    // It formats and mounts devices of the host.
    securityContext: { privileged: true },
    volumeMounts: HOST_DIRECTORIES.map(({ name, mount }) => ({ name, ...mount })),
  };
}
