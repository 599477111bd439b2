/**
 * kubeadm's v1beta4 documents and the two component configurations beside them, as strictly as kubeadm reads them: an
 * unknown field is an error. Source: https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
 */
import { z } from "zod";

/** Go's duration: "15m0s", "1h30m". */
const Duration = z.string().regex(/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/);
const Argument = z.strictObject({ name: z.string().min(1), value: z.string() });
const Arguments = z.array(Argument);
const EnvironmentVariable = z.strictObject({ name: z.string(), value: z.string().optional() });
const Port = z.int().min(1).max(65535);
const HostPort = z.string().regex(/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]|[a-z0-9][-a-z0-9.]*):\d{1,5}$/);
const CaHash = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const Token = z.string().regex(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
const VolumeMount = z.strictObject({
  name: z.string(),
  hostPath: z.string(),
  mountPath: z.string(),
  readOnly: z.boolean().optional(),
  pathType: z.string().optional(),
});

export const TaintSchema = z.strictObject({
  key: z.string(),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});
const NodeRegistration = z.strictObject({
  name: z.string().optional(),
  criSocket: z.string().startsWith("unix://").optional(),
  taints: z.array(TaintSchema).optional(),
  kubeletExtraArgs: Arguments.optional(),
  ignorePreflightErrors: z.array(z.string()).optional(),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  imagePullSerial: z.boolean().optional(),
});
const LocalApiEndpoint = z.strictObject({
  advertiseAddress: z.string().optional(),
  bindPort: Port.optional(),
});
const Patches = z.strictObject({ directory: z.string().optional() });
const Timeouts = z.strictObject({
  controlPlaneComponentHealthCheck: Duration.optional(),
  kubeletHealthCheck: Duration.optional(),
  kubernetesAPICall: Duration.optional(),
  etcdAPICall: Duration.optional(),
  tlsBootstrap: Duration.optional(),
  discovery: Duration.optional(),
  upgradeManifests: Duration.optional(),
});
const CertificateKey = z.string().regex(/^[0-9a-f]{64}$/);
const KUBEADM = z.literal("kubeadm.k8s.io/v1beta4");

export const InitConfiguration = z.strictObject({
  apiVersion: KUBEADM,
  kind: z.literal("InitConfiguration"),
  bootstrapTokens: z
    .array(
      z.strictObject({
        token: Token.optional(),
        description: z.string().optional(),
        ttl: Duration.optional(),
        expires: z.string().optional(),
        usages: z.array(z.enum(["signing", "authentication"])).optional(),
        groups: z.array(z.string().startsWith("system:bootstrappers:")).optional(),
      }),
    )
    .optional(),
  dryRun: z.boolean().optional(),
  nodeRegistration: NodeRegistration.optional(),
  localAPIEndpoint: LocalApiEndpoint.optional(),
  certificateKey: CertificateKey.optional(),
  skipPhases: z.array(z.string()).optional(),
  patches: Patches.optional(),
  timeouts: Timeouts.optional(),
});

export const JoinConfiguration = z.strictObject({
  apiVersion: KUBEADM,
  kind: z.literal("JoinConfiguration"),
  dryRun: z.boolean().optional(),
  nodeRegistration: NodeRegistration.optional(),
  caCertPath: z.string().optional(),
  discovery: z.strictObject({
    bootstrapToken: z
      .strictObject({
        token: Token.optional(),
        apiServerEndpoint: HostPort,
        caCertHashes: z.array(CaHash).min(1),
        unsafeSkipCAVerification: z.literal(false).optional(),
      })
      .optional(),
    file: z.strictObject({ kubeConfigPath: z.string() }).optional(),
    tlsBootstrapToken: z.string().optional(),
  }),
  controlPlane: z
    .strictObject({
      localAPIEndpoint: LocalApiEndpoint.optional(),
      certificateKey: CertificateKey.optional(),
    })
    .optional(),
  skipPhases: z.array(z.string()).optional(),
  patches: Patches.optional(),
  timeouts: Timeouts.optional(),
});

const Component = {
  extraArgs: Arguments.optional(),
  extraVolumes: z.array(VolumeMount).optional(),
  extraEnvs: z.array(EnvironmentVariable).optional(),
};
const Image = { imageRepository: z.string().optional(), imageTag: z.string().optional() };
const LocalEtcd = z.strictObject({
  ...Image,
  dataDir: z.string().startsWith("/"),
  extraArgs: Arguments.optional(),
  extraEnvs: z.array(EnvironmentVariable).optional(),
  serverCertSANs: z.array(z.string()).optional(),
  peerCertSANs: z.array(z.string()).optional(),
});
const ExternalEtcd = z.strictObject({
  endpoints: z.array(z.string()),
  caFile: z.string(),
  certFile: z.string(),
  keyFile: z.string(),
});

export const ClusterConfiguration = z.strictObject({
  apiVersion: KUBEADM,
  kind: z.literal("ClusterConfiguration"),
  etcd: z.strictObject({ local: LocalEtcd.optional(), external: ExternalEtcd.optional() }).optional(),
  networking: z
    .strictObject({
      serviceSubnet: z.string().optional(),
      podSubnet: z.string().optional(),
      dnsDomain: z.string().optional(),
    })
    .optional(),
  kubernetesVersion: z
    .string()
    .regex(/^v\d+\.\d+\.\d+$/)
    .optional(),
  controlPlaneEndpoint: HostPort.optional(),
  apiServer: z.strictObject({ ...Component, certSANs: z.array(z.string()).optional() }).optional(),
  controllerManager: z.strictObject(Component).optional(),
  scheduler: z.strictObject(Component).optional(),
  dns: z.strictObject({ ...Image, disabled: z.boolean().optional() }).optional(),
  proxy: z.strictObject({ disabled: z.boolean().optional() }).optional(),
  certificatesDir: z.string().optional(),
  imageRepository: z.string().optional(),
  featureGates: z.record(z.string(), z.boolean()).optional(),
  clusterName: z.string().optional(),
  encryptionAlgorithm: z.enum(["ECDSA-P256", "ECDSA-P384", "RSA-2048", "RSA-3072", "RSA-4096"]).optional(),
  certificateValidityPeriod: Duration.optional(),
  caCertificateValidityPeriod: Duration.optional(),
});

/** Of https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/, the fields that a cluster-wide file may sensibly set. */
export const KubeletConfiguration = z.strictObject({
  apiVersion: z.literal("kubelet.config.k8s.io/v1beta1"),
  kind: z.literal("KubeletConfiguration"),
  cgroupDriver: z.literal("systemd").optional(),
  clusterDNS: z.array(z.string()).optional(),
  clusterDomain: z.string().optional(),
  failSwapOn: z.boolean().optional(),
  maxPods: z.int().positive().optional(),
  podPidsLimit: z.int().optional(),
  serverTLSBootstrap: z.boolean().optional(),
  rotateCertificates: z.boolean().optional(),
  shutdownGracePeriod: Duration.optional(),
  shutdownGracePeriodCriticalPods: Duration.optional(),
  volumePluginDir: z.string().optional(),
});
/** Of https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/, likewise. */
export const KubeProxyConfiguration = z.strictObject({
  apiVersion: z.literal("kubeproxy.config.k8s.io/v1alpha1"),
  kind: z.literal("KubeProxyConfiguration"),
  mode: z.enum(["iptables", "ipvs", "nftables"]).optional(),
  clusterCIDR: z.string().optional(),
  bindAddress: z.string().optional(),
  metricsBindAddress: z.string().optional(),
});

export const KUBEADM_KINDS = {
  ClusterConfiguration,
  InitConfiguration,
  JoinConfiguration,
  KubeletConfiguration,
  KubeProxyConfiguration,
} as const;
export type KubeadmKind = keyof typeof KUBEADM_KINDS;
