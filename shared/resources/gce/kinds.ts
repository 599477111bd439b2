/** Everything on Compute Engine that a cluster of engine gce consists of, each after what it stands on. */
import type { ManagedKind, Named } from "../resource.ts";
import type { ComputeAction } from "./action.ts";
import { addresses } from "./addresses.ts";
import { backendServices } from "./backend-services.ts";
import { controlPlane } from "./control-plane.ts";
import { etcdDisks } from "./etcd-disks.ts";
import { firewalls } from "./firewalls.ts";
import { forwardingRules } from "./forwarding-rules.ts";
import { groupMembers } from "./group-members.ts";
import { healthChecks } from "./health-checks.ts";
import { instanceGroups } from "./instance-groups.ts";
import { instanceTemplates } from "./instance-templates.ts";
import { machineGroups } from "./machine-groups.ts";
import { networks } from "./networks.ts";
import { resourcePolicies } from "./resource-policies.ts";
import { routers } from "./routers.ts";
import { snapshots } from "./snapshots.ts";
import { subnetworks } from "./subnetworks.ts";

export const gceKinds: readonly ManagedKind<Named, Named, ComputeAction>[] = [
  networks,
  subnetworks,
  routers,
  firewalls,
  resourcePolicies,
  snapshots,
  addresses,
  healthChecks,
  instanceGroups,
  backendServices,
  forwardingRules,
  etcdDisks,
  groupMembers,
  controlPlane,
  instanceTemplates,
  machineGroups,
];
