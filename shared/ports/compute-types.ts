/**
 * The fields of Compute Engine v1 resources that the control plane reads or writes, as in the REST API's JSON.
 * Source: https://cloud.google.com/compute/docs/reference/rest/v1. int64 fields are strings, output-only fields optional.
 */
export interface Resource {
  readonly name: string;
  readonly id?: string;
  readonly selfLink?: string;
  readonly creationTimestamp?: string;
  readonly description?: string;
}
export type Labels = Readonly<Record<string, string>>;

export interface Network extends Resource {
  readonly autoCreateSubnetworks?: boolean;
  readonly mtu?: number;
  readonly routingConfig?: { readonly routingMode?: "REGIONAL" | "GLOBAL" };
  readonly subnetworks?: readonly string[];
}
export interface SecondaryRange {
  readonly rangeName: string;
  readonly ipCidrRange: string;
}
export interface Subnetwork extends Resource {
  readonly network?: string;
  readonly region?: string;
  readonly ipCidrRange?: string;
  readonly secondaryIpRanges?: readonly SecondaryRange[];
  readonly privateIpGoogleAccess?: boolean;
  readonly stackType?: string;
  readonly gatewayAddress?: string;
  readonly fingerprint?: string;
}
export interface RouterNat {
  readonly name: string;
  readonly natIpAllocateOption?: "AUTO_ONLY" | "MANUAL_ONLY";
  readonly sourceSubnetworkIpRangesToNat?: string;
  readonly subnetworks?: readonly {
    readonly name: string;
    readonly sourceIpRangesToNat?: readonly string[];
  }[];
  readonly minPortsPerVm?: number;
  readonly enableDynamicPortAllocation?: boolean;
  readonly enableEndpointIndependentMapping?: boolean;
  readonly logConfig?: { readonly enable?: boolean; readonly filter?: string };
}
export interface Router extends Resource {
  readonly network?: string;
  readonly region?: string;
  readonly nats?: readonly RouterNat[];
}
export interface FirewallRule {
  readonly IPProtocol: string;
  readonly ports?: readonly string[];
}
export interface Firewall extends Resource {
  readonly network?: string;
  readonly direction?: "INGRESS" | "EGRESS";
  readonly priority?: number;
  readonly sourceRanges?: readonly string[];
  readonly sourceTags?: readonly string[];
  readonly targetTags?: readonly string[];
  readonly allowed?: readonly FirewallRule[];
  readonly denied?: readonly FirewallRule[];
  readonly disabled?: boolean;
}
export interface HealthCheck extends Resource {
  readonly type?: "TCP" | "HTTPS" | "HTTP" | "SSL";
  readonly checkIntervalSec?: number;
  readonly timeoutSec?: number;
  readonly healthyThreshold?: number;
  readonly unhealthyThreshold?: number;
  readonly tcpHealthCheck?: { readonly port?: number; readonly portSpecification?: string };
  readonly httpsHealthCheck?: {
    readonly port?: number;
    readonly portSpecification?: string;
    readonly requestPath?: string;
  };
  readonly region?: string;
}
export interface NamedPort {
  readonly name: string;
  readonly port: number;
}
export interface InstanceGroup extends Resource {
  readonly network?: string;
  readonly subnetwork?: string;
  readonly namedPorts?: readonly NamedPort[];
  readonly fingerprint?: string;
  readonly size?: number;
  readonly zone?: string;
}
export interface Backend {
  readonly group: string;
  readonly balancingMode?: "CONNECTION" | "UTILIZATION" | "RATE";
  readonly maxConnections?: number;
}
export interface BackendService extends Resource {
  readonly loadBalancingScheme?: "INTERNAL" | "EXTERNAL";
  readonly protocol?: "TCP";
  readonly portName?: string;
  readonly timeoutSec?: number;
  readonly healthChecks?: readonly string[];
  readonly backends?: readonly Backend[];
  readonly network?: string;
  readonly sessionAffinity?: string;
  readonly connectionDraining?: { readonly drainingTimeoutSec?: number };
  readonly fingerprint?: string;
  readonly region?: string;
}
export interface Address extends Resource {
  readonly address?: string;
  readonly addressType?: "INTERNAL" | "EXTERNAL";
  readonly purpose?: string;
  readonly subnetwork?: string;
  readonly network?: string;
  readonly networkTier?: string;
  readonly status?: "RESERVING" | "RESERVED" | "IN_USE";
  readonly users?: readonly string[];
  readonly labels?: Labels;
  readonly labelFingerprint?: string;
  readonly region?: string;
}
export interface ForwardingRule extends Resource {
  readonly IPAddress?: string;
  readonly IPProtocol?: string;
  readonly ports?: readonly string[];
  readonly portRange?: string;
  readonly loadBalancingScheme?: "INTERNAL" | "EXTERNAL";
  readonly backendService?: string;
  readonly target?: string;
  readonly network?: string;
  readonly subnetwork?: string;
  readonly allowGlobalAccess?: boolean;
  readonly networkTier?: string;
  readonly labels?: Labels;
  readonly labelFingerprint?: string;
  readonly fingerprint?: string;
  readonly region?: string;
}
export interface Disk extends Resource {
  readonly sizeGb?: string;
  readonly type?: string;
  readonly zone?: string;
  readonly status?: "CREATING" | "READY" | "FAILED" | "DELETING" | "RESTORING" | "UNAVAILABLE";
  readonly users?: readonly string[];
  readonly resourcePolicies?: readonly string[];
  readonly sourceImage?: string;
  readonly sourceSnapshot?: string;
  /** Absent on a disk that no machine ever had. */
  readonly lastAttachTimestamp?: string;
  readonly labels?: Labels;
  readonly labelFingerprint?: string;
}
export interface ResourcePolicy extends Resource {
  readonly region?: string;
  readonly status?: string;
  readonly snapshotSchedulePolicy?: {
    readonly schedule?: {
      readonly hourlySchedule?: { readonly hoursInCycle: number; readonly startTime: string };
      readonly dailySchedule?: { readonly daysInCycle: number; readonly startTime: string };
    };
    readonly retentionPolicy?: {
      readonly maxRetentionDays: number;
      readonly onSourceDiskDelete?: "KEEP_AUTO_SNAPSHOTS" | "APPLY_RETENTION_POLICY";
    };
    readonly snapshotProperties?: { readonly labels?: Labels; readonly storageLocations?: readonly string[] };
  };
}
export interface AttachedDisk {
  readonly boot?: boolean;
  readonly autoDelete?: boolean;
  readonly deviceName?: string;
  readonly source?: string;
  readonly mode?: "READ_WRITE" | "READ_ONLY";
  readonly type?: "PERSISTENT" | "SCRATCH";
  readonly index?: number;
  readonly diskSizeGb?: string;
  readonly initializeParams?: {
    readonly sourceImage?: string;
    readonly diskType?: string;
    readonly diskSizeGb?: string;
    readonly labels?: Labels;
    readonly diskName?: string;
  };
}
export interface AccessConfig {
  readonly type?: "ONE_TO_ONE_NAT";
  readonly name?: string;
  readonly natIP?: string;
  readonly networkTier?: string;
}
export interface NetworkInterface {
  readonly name?: string;
  readonly network?: string;
  readonly subnetwork?: string;
  readonly networkIP?: string;
  readonly accessConfigs?: readonly AccessConfig[];
  readonly aliasIpRanges?: readonly { readonly ipCidrRange: string; readonly subnetworkRangeName?: string }[];
  readonly nicType?: string;
  readonly fingerprint?: string;
}
export interface Metadata {
  readonly fingerprint?: string;
  readonly items?: readonly { readonly key: string; readonly value: string }[];
}
export interface Scheduling {
  readonly automaticRestart?: boolean;
  readonly onHostMaintenance?: "MIGRATE" | "TERMINATE";
  readonly provisioningModel?: "STANDARD" | "SPOT";
  readonly preemptible?: boolean;
  readonly instanceTerminationAction?: "STOP" | "DELETE";
  readonly hostErrorTimeoutSeconds?: number;
}
/** What a template and an instance share. */
export interface InstanceProperties {
  readonly description?: string;
  readonly machineType?: string;
  readonly canIpForward?: boolean;
  readonly tags?: { readonly items?: readonly string[]; readonly fingerprint?: string };
  readonly labels?: Labels;
  readonly metadata?: Metadata;
  readonly disks?: readonly AttachedDisk[];
  readonly networkInterfaces?: readonly NetworkInterface[];
  readonly serviceAccounts?: readonly { readonly email: string; readonly scopes: readonly string[] }[];
  readonly scheduling?: Scheduling;
  readonly guestAccelerators?: readonly {
    readonly acceleratorType: string;
    readonly acceleratorCount: number;
  }[];
  readonly shieldedInstanceConfig?: {
    readonly enableSecureBoot?: boolean;
    readonly enableVtpm?: boolean;
    readonly enableIntegrityMonitoring?: boolean;
  };
}
export type InstanceStatus =
  | "PROVISIONING"
  | "STAGING"
  | "RUNNING"
  | "STOPPING"
  | "SUSPENDING"
  | "SUSPENDED"
  | "REPAIRING"
  | "TERMINATED";
export interface Instance extends Resource, Omit<InstanceProperties, "description"> {
  readonly zone?: string;
  readonly status?: InstanceStatus;
  readonly statusMessage?: string;
  readonly lastStartTimestamp?: string;
  readonly lastStopTimestamp?: string;
  readonly deletionProtection?: boolean;
  readonly hostname?: string;
  readonly labelFingerprint?: string;
  readonly fingerprint?: string;
  readonly resourceStatus?: {
    readonly upcomingMaintenance?: {
      readonly type?: string;
      readonly maintenanceStatus?: string;
      readonly windowStartTime?: string;
      readonly windowEndTime?: string;
      readonly latestWindowStartTime?: string;
      readonly canReschedule?: boolean;
      readonly maintenanceReasons?: readonly string[];
    };
  };
}
export interface InstanceTemplate extends Resource {
  readonly properties?: InstanceProperties;
  readonly region?: string;
}
/** A percentage needs a group of ten machines or more. */
export interface FixedOrPercent {
  readonly fixed?: number;
  readonly percent?: number;
  readonly calculated?: number;
}
export interface InstanceGroupManager extends Resource {
  readonly zone?: string;
  readonly region?: string;
  readonly instanceGroup?: string;
  readonly baseInstanceName?: string;
  readonly instanceTemplate?: string;
  readonly versions?: readonly {
    readonly name?: string;
    readonly instanceTemplate?: string;
    readonly targetSize?: FixedOrPercent;
  }[];
  readonly targetSize?: number;
  readonly namedPorts?: readonly NamedPort[];
  readonly distributionPolicy?: {
    readonly zones?: readonly { readonly zone: string }[];
    readonly targetShape?: "EVEN" | "BALANCED" | "ANY" | "ANY_SINGLE_ZONE";
  };
  readonly updatePolicy?: {
    readonly type?: "OPPORTUNISTIC" | "PROACTIVE";
    readonly minimalAction?: "NONE" | "REFRESH" | "RESTART" | "REPLACE";
    readonly mostDisruptiveAllowedAction?: "NONE" | "REFRESH" | "RESTART" | "REPLACE";
    readonly replacementMethod?: "SUBSTITUTE" | "RECREATE";
    readonly maxSurge?: FixedOrPercent;
    readonly maxUnavailable?: FixedOrPercent;
    readonly instanceRedistributionType?: "NONE" | "PROACTIVE";
  };
  readonly instanceLifecyclePolicy?: {
    readonly defaultActionOnFailure?: "REPAIR" | "DO_NOTHING";
    readonly forceUpdateOnRepair?: "YES" | "NO";
  };
  readonly autoHealingPolicies?: readonly {
    readonly healthCheck: string;
    readonly initialDelaySec: number;
  }[];
  readonly status?: {
    readonly isStable?: boolean;
    readonly versionTarget?: { readonly isReached?: boolean };
    readonly allInstancesConfig?: { readonly effective?: boolean };
  };
  readonly currentActions?: Readonly<Record<string, number>>;
  readonly fingerprint?: string;
}
export interface ManagedInstance {
  /** URL of the instance; it may not exist yet. */
  readonly instance: string;
  readonly id?: string;
  readonly name?: string;
  readonly instanceStatus?: InstanceStatus;
  readonly currentAction:
    | "NONE"
    | "CREATING"
    | "CREATING_WITHOUT_RETRIES"
    | "RECREATING"
    | "DELETING"
    | "ABANDONING"
    | "RESTARTING"
    | "REFRESHING"
    | "VERIFYING";
  readonly version?: { readonly instanceTemplate?: string; readonly name?: string };
  readonly lastAttempt?: {
    readonly errors?: { readonly errors?: readonly { readonly code: string; readonly message?: string }[] };
  };
}
export interface Image extends Resource {
  readonly family?: string;
  readonly diskSizeGb?: string;
  readonly status?: "READY" | "PENDING" | "FAILED";
  readonly deprecated?: { readonly state?: "DEPRECATED" | "OBSOLETE" | "DELETED" };
  readonly architecture?: "X86_64" | "ARM64";
  readonly labels?: Labels;
}

export interface Snapshot extends Resource {
  readonly status?: "CREATING" | "DELETING" | "FAILED" | "READY" | "UPLOADING";
  readonly sourceDisk?: string;
  readonly storageLocations?: readonly string[];
  readonly labels?: Labels;
}

/** Kind (REST collection) to resource. */
export interface ComputeResources {
  networks: Network;
  subnetworks: Subnetwork;
  routers: Router;
  firewalls: Firewall;
  healthChecks: HealthCheck;
  instanceGroups: InstanceGroup;
  backendServices: BackendService;
  addresses: Address;
  forwardingRules: ForwardingRule;
  disks: Disk;
  resourcePolicies: ResourcePolicy;
  instances: Instance;
  instanceTemplates: InstanceTemplate;
  instanceGroupManagers: InstanceGroupManager;
  images: Image;
  snapshots: Snapshot;
}

/** Source: https://cloud.google.com/compute/docs/reference/rest/v1/globalOperations */
export interface Operation {
  readonly name: string;
  readonly selfLink?: string;
  readonly operationType?: string;
  readonly status: "PENDING" | "RUNNING" | "DONE";
  readonly progress?: number;
  readonly targetLink?: string;
  readonly targetId?: string;
  readonly insertTime?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly clientOperationId?: string;
  /** Present on a DONE operation that failed. */
  readonly error?: { readonly errors: readonly { readonly code: string; readonly message?: string }[] };
  readonly httpErrorStatusCode?: number;
  readonly httpErrorMessage?: string;
  readonly zone?: string;
  readonly region?: string;
}
