/** The kinds of resources that the simulated Compute Engine knows. */

import { addresses } from "./kinds/addresses.ts";
import { backendServices } from "./kinds/backendServices.ts";
import { disks } from "./kinds/disks.ts";
import { firewalls } from "./kinds/firewalls.ts";
import { forwardingRules } from "./kinds/forwardingRules.ts";
import { healthChecks } from "./kinds/healthChecks.ts";
import { images } from "./kinds/images.ts";
import { instanceGroupManagers } from "./kinds/instanceGroupManagers.ts";
import { instanceGroups } from "./kinds/instanceGroups.ts";
import { instances } from "./kinds/instances.ts";
import { instanceTemplates } from "./kinds/instanceTemplates.ts";
import { networks } from "./kinds/networks.ts";
import { resourcePolicies } from "./kinds/resourcePolicies.ts";
import { routers } from "./kinds/routers.ts";
import { snapshots } from "./kinds/snapshots.ts";
import { subnetworks } from "./kinds/subnetworks.ts";
import { targetTcpProxies } from "./kinds/targetTcpProxies.ts";
import type { Kind } from "./world.ts";

export const KINDS: ReadonlyMap<string, Kind> = new Map(
  [
    networks,
    subnetworks,
    routers,
    firewalls,
    healthChecks,
    instanceGroups,
    backendServices,
    addresses,
    forwardingRules,
    targetTcpProxies,
    disks,
    resourcePolicies,
    snapshots,
    instances,
    instanceTemplates,
    instanceGroupManagers,
    images,
  ].map((kind) => [kind.collection, kind]),
);
