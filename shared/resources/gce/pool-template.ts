/** What the machines of a pool are made from: an instance template whose name is the hash of its content. */
import { createHash } from "node:crypto";
import { remembered } from "../../bootstrap/remembered.ts";
import type { ComputeRef } from "../../ports/compute.ts";
import type { InstanceProperties, InstanceTemplate, Scheduling } from "../../ports/compute-types.ts";
import type { NodePool } from "../../spec/cluster.ts";
import { canonicalJson, sortedFields } from "../canonical-json.ts";
import { nodeTag, templateName } from "../names.ts";
import { LABEL_POOL, marker, ownerLabels } from "../owner.ts";
import type { Cluster } from "../resource.ts";
import { imageKey } from "./image-families.ts";
import {
  type BootFacts,
  bootDisk,
  bootFacts,
  canIpForward,
  machineMetadata,
  networkInterfaces,
  serviceAccounts,
  shielding,
} from "./machine-properties.ts";
import { globalRef } from "./places.ts";

export interface PoolTemplate {
  readonly pool: NodePool;
  readonly ref: ComputeRef<"instanceTemplates">;
  readonly body: InstanceTemplate;
}

type Templates = readonly PoolTemplate[] | { readonly missing: string };

/** Two kinds ask in every pass, and boot data is the dearest thing to make in it. */
const made = new WeakMap<Cluster, Templates>();

/** The templates of all pools whose image is known, or what is missing to make any. */
export function poolTemplates(cluster: Cluster): Templates {
  const before = made.get(cluster);
  const templates = before ?? makeTemplates(cluster);
  if (before === undefined) made.set(cluster, templates);
  return templates;
}

function makeTemplates(cluster: Cluster): Templates {
  const facts = bootFacts(cluster);
  if ("missing" in facts) return facts;
  const { id, uid, spec, pins, joinUrl } = cluster;
  return renderTemplates({ id, uid, spec, pins, joinUrl, boot: facts });
}

/** What a pool's template waits for: one whose image cannot be found must not hold up the others, nor the care of its nodes. */
export function missingImage({ pins }: Pick<Cluster, "pins">, pool: NodePool): string | undefined {
  return pins.images[imageKey(pool)] === undefined ? `the image of pool ${pool.name}` : undefined;
}

/** All that a template is made from: what else is known of a cluster changes none. */
interface Origin extends Pick<Cluster, "id" | "uid" | "spec" | "pins" | "joinUrl"> {
  readonly boot: BootFacts;
}
/** Clusters on their way in one process; those of a cluster are some tens of kilobytes. */
const RENDERED_KEPT = 100;

const renderTemplates: (origin: Origin) => readonly PoolTemplate[] = remembered(({ boot, ...origin }) => {
  const cluster: Cluster = { ...origin, facts: {}, deleting: false };
  return origin.spec.nodePools
    .filter((pool) => missingImage(origin, pool) === undefined)
    .map((pool) => poolTemplate(cluster, boot, pool));
}, RENDERED_KEPT);

function poolTemplate(cluster: Cluster, facts: BootFacts, pool: NodePool): PoolTemplate {
  const content = {
    description: marker(cluster, `machines of pool ${pool.name}`),
    properties: properties(cluster, facts, pool),
  };
  const hash = createHash("sha256").update(canonicalJson(content)).digest("hex");
  const name = templateName(cluster, pool.name, hash);
  return {
    pool,
    ref: globalRef("instanceTemplates", cluster.spec.project, name),
    body: { name, ...content },
  };
}

/** Templates take the bare names of machine and disk types: they have no zone. */
function properties(cluster: Cluster, facts: BootFacts, pool: NodePool): InstanceProperties {
  const labels = ownerLabels(cluster, "worker", { [LABEL_POOL]: pool.name });
  const accelerators = pool.accelerators.map(({ type, count }) => ({
    acceleratorType: type,
    acceleratorCount: count,
  }));
  return {
    description: marker(cluster, `node of pool ${pool.name}`),
    machineType: pool.machineType,
    canIpForward: canIpForward(cluster),
    tags: { items: [nodeTag(cluster)] },
    labels,
    metadata: machineMetadata(cluster, facts, {
      os: pool.os,
      role: "worker",
      nodeLabels: sortedFields(pool.labels),
      taints: pool.taints,
      pool: pool.name,
    }),
    disks: [bootDisk(cluster, pool, { ...pool.disk, labels })],
    networkInterfaces: networkInterfaces(cluster),
    serviceAccounts: serviceAccounts(cluster, pool, "node"),
    scheduling: scheduling(pool),
    ...(accelerators.length === 0 ? {} : { guestAccelerators: accelerators }),
    shieldedInstanceConfig: shielding(pool.os, accelerators.length > 0),
  };
}

/** Neither Spot machines nor machines with GPUs can be moved while they run. */
function scheduling(pool: NodePool): Scheduling {
  if (pool.spot) {
    return {
      provisioningModel: "SPOT",
      // Not stopped: the group makes another one where there is room.
      instanceTerminationAction: "DELETE",
      automaticRestart: false,
      onHostMaintenance: "TERMINATE",
    };
  }
  const movable = pool.accelerators.length === 0;
  return {
    provisioningModel: "STANDARD",
    automaticRestart: true,
    onHostMaintenance: movable ? "MIGRATE" : "TERMINATE",
  };
}
