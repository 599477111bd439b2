/** Machines in the API: insert, delete and the verbs; their lives are in machine-life.ts. */
import { ApiError, notReady } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { contentFingerprint } from "../fingerprints.ts";
import { checkName } from "../formats.ts";
import {
  createInstance,
  instanceUsage,
  releaseAddresses,
  settleDisks,
  undoInstance,
} from "../instance-insert.ts";
import { INSTANCE_REFERENCES } from "../instance-references.ts";
import { instanceVerbs } from "../instance-verbs.ts";
import { asList, asObject, asObjects, without } from "../json.ts";

import { checkFields } from "../mutations.ts";
import type { Started } from "../operations.ts";
import { resolveReferences } from "../references.ts";
import type { Row } from "../row.ts";
import { instanceBodyOf } from "../template-body.ts";
import type { Kind, Request, ResourceRequest, World } from "../world.ts";
import { dropMember } from "./instanceGroups.ts";

/** What the server answers and a client cannot set. */
const OUTPUT_ONLY = [
  "status",
  "statusMessage",
  "lastStartTimestamp",
  "lastStopTimestamp",
  "lastSuspendedTimestamp",
  "cpuPlatform",
  "startRestricted",
  "resourceStatus",
  "satisfiesPzs",
];

function quotaFailure(world: World, request: Request, body: JsonObject): ApiError | undefined {
  try {
    world.quotas.check(request.project, instanceUsage(world, request, body));
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return new ApiError(403, "QUOTA_EXCEEDED", error.message);
    throw error;
  }
}

/** Copies a template's properties under what the insert itself says. */
function fromTemplate(request: Request): JsonObject {
  const link = request.params["sourceInstanceTemplate"];
  if (link === undefined) return request.body;
  const resolved = resolveReferences(request.world, TEMPLATE_LINK, { link }, request.project);
  const template = request.world.rows.at(String(resolved["link"]));
  return { ...instanceBodyOf(asObject(template?.body["properties"]), request), ...request.body };
}
const TEMPLATE_LINK: Pick<Kind, "references"> = { references: [{ at: "link", to: ["instanceTemplates"] }] };

function insertInstance(request: Request): Started {
  const { world, project, scope } = request;
  const body = without(fromTemplate(request), [
    "name",
    "kind",
    "id",
    "selfLink",
    "creationTimestamp",
    "zone",
    "fingerprint",
    "labelFingerprint",
    ...OUTPUT_ONLY,
  ]);
  checkFields(instances, body);
  const resolved = resolveReferences(world, instances, body, project);
  const failure = quotaFailure(world, request, resolved);
  const row = createInstance(world, { project, scope }, checkName(request.body["name"]), resolved);
  return {
    type: "insert",
    targetPath: row.path,
    targetId: row.id,
    begin(end) {
      if (failure !== undefined) end(failure);
      else world.machines.launch(row, end);
    },
    finish() {
      row.state = "ready";
      settleDisks(world, row);
    },
    undo: () => undoInstance(world, row),
  };
}

/** @throws ApiError 400 when deletion protection is on */
export function checkUnprotected(row: Row): void {
  if (row.body["deletionProtection"] !== true) return;
  throw new ApiError(
    400,
    "cannotDeleteProtectedResource",
    `Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion. ${row.path}'. Set deletionProtection to false first.`,
  );
}

function removeInstance({ world, row }: ResourceRequest): Started {
  checkUnprotected(row);
  if (row.state !== "ready") throw notReady(row.path);
  row.state = "deleting";
  return {
    type: "delete",
    targetPath: row.path,
    targetId: row.id,
    begin: (end) => world.machines.remove(row, end),
    undo() {
      row.state = "ready";
    },
  };
}

function render(row: Row, _world: World, rendered: JsonObject): JsonObject {
  const { body } = row;
  const tags = asObject(body["tags"]);
  const metadata = asObject(body["metadata"]);
  const items = { tags: asList(tags["items"]), metadata: metadata["items"] ?? [] };
  return {
    tags: {
      ...(items.tags.length === 0 ? {} : { items: items.tags }),
      fingerprint: contentFingerprint(items.tags),
    },
    metadata: {
      kind: "compute#metadata",
      ...(asList(items.metadata).length === 0 ? {} : { items: items.metadata }),
      fingerprint: contentFingerprint(items.metadata),
    },
    networkInterfaces: asObjects(rendered["networkInterfaces"]).map((nic) => ({
      ...nic,
      fingerprint: contentFingerprint(nic),
    })),
  };
}

export const instances: Kind = {
  collection: "instances",
  noun: "instance",
  scopes: ["zones"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete"],
  references: INSTANCE_REFERENCES,
  labels: "on insert",
  fingerprint: "optional",
  enums: {
    "scheduling.onHostMaintenance": ["MIGRATE", "TERMINATE"],
    "scheduling.provisioningModel": ["STANDARD", "SPOT", "FLEX_START", "RESERVATION_BOUND"],
    "scheduling.instanceTerminationAction": ["STOP", "DELETE"],
    "disks.mode": ["READ_WRITE", "READ_ONLY"],
    "disks.type": ["PERSISTENT", "SCRATCH"],
    "networkInterfaces.accessConfigs.type": ["ONE_TO_ONE_NAT", "DIRECT_IPV6"],
    "networkInterfaces.accessConfigs.networkTier": ["PREMIUM", "STANDARD"],
  },
  insert: insertInstance,
  remove: removeInstance,
  removed(row, world) {
    world.machines.forget(row);
    releaseAddresses(row, world);
    world.groups.noticed(row);
    for (const user of row.users ?? []) if (user.collection === "instanceGroups") dropMember(user, row);
  },
  render,
  rendersBodyAlone: true,
  usage: (place, body, world) => instanceUsage(world, place, body),
  verbs: instanceVerbs,
};
