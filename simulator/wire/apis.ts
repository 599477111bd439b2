/** Which published APIs the wire serves, and which of Compute's services are modelled. */

import { type ApiDefinition, type ApiSource, loadDefinition } from "./definitions.ts";
import { IAM_CREDENTIALS_DEFINITIONS } from "./iam-credentials.ts";

const COMPUTE: ApiSource = {
  package: "@google-cloud/compute",
  namespace: "google.cloud.compute.v1",
  enumComments: "google/cloud/compute/v1/compute.proto",
  services: [
    "AcceleratorTypes",
    "Addresses",
    "Autoscalers",
    "BackendServices",
    "DiskTypes",
    "Disks",
    "Firewalls",
    "ForwardingRules",
    "GlobalAddresses",
    "GlobalForwardingRules",
    "GlobalOperations",
    "HealthChecks",
    "ImageFamilyViews",
    "Images",
    "InstanceGroupManagers",
    "InstanceGroups",
    "InstanceTemplates",
    "Instances",
    "MachineTypes",
    "Networks",
    "Projects",
    "RegionAutoscalers",
    "RegionBackendServices",
    "RegionDiskTypes",
    "RegionDisks",
    "RegionHealthChecks",
    "RegionInstanceGroupManagers",
    "RegionInstanceGroups",
    "RegionInstanceTemplates",
    "RegionInstances",
    "RegionOperations",
    "RegionZones",
    "Regions",
    "ResourcePolicies",
    "Routers",
    "Routes",
    "Snapshots",
    "Subnetworks",
    "TargetPools",
    "TargetTcpProxies",
    "ZoneOperations",
    "Zones",
  ],
};
const SECRET_MANAGER: ApiSource = {
  package: "@google-cloud/secret-manager",
  namespace: "google.cloud.secretmanager.v1",
  services: ["SecretManagerService"],
};
const CLOUD_TASKS: ApiSource = {
  package: "@google-cloud/tasks",
  namespace: "google.cloud.tasks.v2",
  services: ["CloudTasks"],
};
const IAM_CREDENTIALS: ApiSource = {
  package: IAM_CREDENTIALS_DEFINITIONS,
  namespace: "google.iam.credentials.v1",
  services: ["IAMCredentials"],
};

export const COMPUTE_NAMESPACE = COMPUTE.namespace;
export const SECRET_MANAGER_NAMESPACE = SECRET_MANAGER.namespace;
export const CLOUD_TASKS_NAMESPACE = CLOUD_TASKS.namespace;
export const IAM_CREDENTIALS_NAMESPACE = IAM_CREDENTIALS.namespace;

/** Parses some 12 MB the first time (about 0.2 s). */
export function loadApis(): readonly ApiDefinition[] {
  return [COMPUTE, SECRET_MANAGER, CLOUD_TASKS, IAM_CREDENTIALS].map(loadDefinition);
}
