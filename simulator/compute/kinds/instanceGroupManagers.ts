/** Managed instance groups in the API, zonal and regional; what they do by themselves is in managed-groups.ts. */
import { ApiError, inUse, invalid, invalidUse, notModelled, required } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { checkEnum, checkInteger, checkName } from "../formats.ts";
import { asList, asNumber, asObject, asObjects, asText, sameJson } from "../json.ts";
import { lastSegment, pathOf, regionOf, type Scope } from "../links.ts";
import { zonesOf } from "../managed-pool.ts";
import { groupVerbs } from "../managed-verbs.ts";
import { outdated, versionsOf } from "../managed-versions.ts";
import { acceptInsert, changed } from "../mutations.ts";
import type { Started } from "../operations.ts";
import { usersOf } from "../references.ts";
import type { Row } from "../row.ts";
import type { Kind, Request, ResourceRequest, World } from "../world.ts";

/** Machines of a group. Source: https://cloud.google.com/compute/docs/instance-groups/creating-groups-of-managed-instances */
const ZONAL_MOST = 1_000;
const REGIONAL_MOST = 2_000;
/** "The maximum character length is 58" (compute.proto, base_instance_name) */
const BASE_NAME_MOST = 58;
/** "or, if the group has 10 or more instances, a percentage" (compute.proto, InstanceGroupManagerUpdatePolicy) */
const PERCENT_SIZE_LEAST = 10;
const ACTIONS = ["NONE", "REFRESH", "RESTART", "REPLACE"];

/** `instanceTemplate` and `versions` say the same. */
function completeVersions(body: JsonObject, sent: JsonObject): JsonObject {
  const versions = asObjects(body["versions"]);
  const template = asText(sent["instanceTemplate"]);
  if (sent["versions"] === undefined && template !== undefined) {
    return {
      ...body,
      versions: [{ instanceTemplate: template, targetSize: undefined }].map(({ instanceTemplate }) => ({
        instanceTemplate,
      })),
    };
  }
  if (versions.length === 0) throw required("resource.instanceTemplate");
  const open = versions.filter((version) => version["targetSize"] === undefined);
  if (open.length !== 1) throw invalidUse("Exactly one version must leave the targetSize field unset.");
  return { ...body, instanceTemplate: open[0]?.["instanceTemplate"] };
}

function checkUpdatePolicy(policy: JsonObject, size: number, zones: number, regional: boolean): void {
  const field = "resource.updatePolicy";
  checkEnum(policy["type"], ["OPPORTUNISTIC", "PROACTIVE"], `${field}.type`);
  checkEnum(policy["minimalAction"], ACTIONS, `${field}.minimalAction`);
  checkEnum(policy["mostDisruptiveAllowedAction"], ACTIONS, `${field}.mostDisruptiveAllowedAction`);
  checkEnum(policy["replacementMethod"], ["SUBSTITUTE", "RECREATE"], `${field}.replacementMethod`);
  checkEnum(
    policy["instanceRedistributionType"],
    ["NONE", "PROACTIVE"],
    `${field}.instanceRedistributionType`,
  );
  const bounds = ["maxSurge", "maxUnavailable"].map((name) => ({ name, value: asObject(policy[name]) }));
  for (const { name, value } of bounds) {
    if (value["percent"] !== undefined && size < PERCENT_SIZE_LEAST) {
      throw invalid(
        `${field}.${name}.percent`,
        value["percent"],
        `A percentage needs a group of ${PERCENT_SIZE_LEAST} machines or more.`,
      );
    }
    const fixed = asNumber(value["fixed"]);
    if (regional && fixed !== undefined && fixed !== 0 && fixed < zones) {
      throw invalid(
        `${field}.${name}.fixed`,
        fixed,
        `In a regional group it must be 0 or at least the number of zones (${zones}).`,
      );
    }
  }
  const zero = bounds.every(({ value }) => value["fixed"] === 0 || value["percent"] === 0);
  if (zero) throw invalidUse("At least one of either maxSurge or maxUnavailable must be greater than 0.");
  const [surge, unavailable] = bounds;
  if (policy["replacementMethod"] === "RECREATE" && unavailable?.value["fixed"] === 0)
    throw invalidUse("RECREATE needs maxUnavailable greater than 0.");
  if (policy["replacementMethod"] === "RECREATE" && (asNumber(surge?.value["fixed"]) ?? 0) > 0)
    throw invalidUse("maxSurge must be 0 with RECREATE.");
}

function networkOf(world: World, template: string): string {
  const properties = asObject(world.rows.at(template)?.body["properties"]);
  return String(asObjects(properties["networkInterfaces"])[0]?.["network"] ?? "");
}

function checkWhole(body: JsonObject, world: World, scope: Scope, manager: Row | undefined): JsonObject {
  const regional = scope.startsWith("regions/");
  const size = asNumber(body["targetSize"]) ?? 0;
  checkInteger(size, 0, regional ? REGIONAL_MOST : ZONAL_MOST, "resource.targetSize");
  if (asList(body["autoHealingPolicies"]).length > 0) throw notModelled("autohealing by health checks");
  if (asObject(body["statefulPolicy"])["preservedState"] !== undefined)
    throw notModelled("stateful managed groups");
  const lifecycle = asObject(body["instanceLifecyclePolicy"]);
  checkEnum(
    lifecycle["defaultActionOnFailure"],
    ["REPAIR", "DO_NOTHING"],
    "resource.instanceLifecyclePolicy.defaultActionOnFailure",
  );
  checkEnum(
    lifecycle["forceUpdateOnRepair"],
    ["YES", "NO"],
    "resource.instanceLifecyclePolicy.forceUpdateOnRepair",
  );
  checkEnum(
    asObject(body["distributionPolicy"])["targetShape"],
    ["EVEN", "BALANCED", "ANY", "ANY_SINGLE_ZONE"],
    "resource.distributionPolicy.targetShape",
  );
  const zones = zonesOf({ scope, body } as Row, world.catalogue);
  for (const zone of zones) {
    if (
      !world.catalogue.zones.includes(lastSegment(zone)) ||
      (regional && regionOf(zone) !== lastSegment(scope))
    ) {
      throw invalid("resource.distributionPolicy.zones", lastSegment(zone), `It is not a zone of ${scope}.`);
    }
  }
  checkUpdatePolicy(asObject(body["updatePolicy"]), size, zones.length, regional);
  const networks = versionsOf(body).map(({ template }) => networkOf(world, template));
  const before =
    manager === undefined ? [] : versionsOf(manager.body).map(({ template }) => networkOf(world, template));
  if (new Set([...networks, ...before]).size > 1) {
    throw invalid(
      "resource.instanceTemplate",
      asText(body["instanceTemplate"]) ?? "",
      "Networks specified in new and existing Instance Templates must match.",
    );
  }
  return body;
}

function insertGroup(request: Request): Started {
  const { world, project, scope } = request;
  const name = checkName(request.body["name"]);
  const group = { project, scope, collection: "instanceGroups", name };
  if (world.rows.find(group) !== undefined)
    throw new ApiError(409, "alreadyExists", `The resource '${pathOf(group)}' already exists`);
  const manager = acceptInsert(request);
  const network = networkOf(world, asText(manager.body["instanceTemplate"]) ?? "");
  const namedPorts = asObjects(request.body["namedPorts"]);
  world.create(
    group,
    {
      description: `This instance group is controlled by Instance Group Manager '${name}'. To modify instances in this group, use the Instance Group Manager API: https://cloud.google.com/compute/docs/reference/latest/instanceGroupManagers`,
      ...(network === "" ? {} : { network }),
      ...(namedPorts.length === 0 ? {} : { namedPorts }),
    },
    "ready",
  );
  return {
    type: "compute.instanceGroupManagers.insert",
    targetPath: manager.path,
    targetId: manager.id,
    runMs: world.jittered(world.delays.operationMs("instanceGroupManagers", "insert")),
    finish() {
      manager.state = "ready";
      world.groups.open(manager);
    },
    undo: () => world.remove(manager),
  };
}

function removeGroup({ world, row }: ResourceRequest): Started {
  const group = world.rows.find({ ...row, collection: "instanceGroups" });
  for (const user of group === undefined ? [] : usersOf(group, "backendServices")) {
    if (group !== undefined) throw inUse("instance_group_manager", row.path, user.path);
  }
  row.state = "deleting";
  return {
    type: "compute.instanceGroupManagers.delete",
    targetPath: row.path,
    targetId: row.id,
    begin: (end) => world.groups.close(row, () => end()),
    finish: () => world.remove(row),
    undo() {
      row.state = "ready";
    },
  };
}

/** How many members are at what. */
function currentActions(row: Row, world: World): JsonObject {
  const counts: Record<string, number> = {
    none: 0,
    creating: 0,
    creatingWithoutRetries: 0,
    recreating: 0,
    deleting: 0,
    abandoning: 0,
    restarting: 0,
    refreshing: 0,
    verifying: 0,
    suspending: 0,
    resuming: 0,
    stopping: 0,
    starting: 0,
  };
  for (const { action } of world.groups.members(row)) {
    const key = action.toLowerCase();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function render(row: Row, world: World, rendered: JsonObject): JsonObject {
  const members = world.groups.members(row);
  const group = world.rows.find({ ...row, collection: "instanceGroups" });
  const versions = versionsOf(row.body);
  const size = asNumber(row.body["targetSize"]) ?? 0;
  return {
    instanceGroup: world.link(pathOf({ ...row, collection: "instanceGroups" })),
    ...(group?.body["namedPorts"] === undefined ? {} : { namedPorts: group.body["namedPorts"] }),
    versions: asObjects(rendered["versions"]).map((version, at) => ({
      ...version,
      targetSize: { ...asObject(version["targetSize"]), calculated: versions[at]?.target ?? 0 },
    })),
    ...(row.scope.startsWith("regions/")
      ? {
          distributionPolicy: {
            targetShape: "EVEN",
            ...asObject(row.body["distributionPolicy"]),
            zones: zonesOf(row, world.catalogue).map((zone) => ({
              zone: world.link(`projects/${row.project}/${zone}`),
            })),
          },
        }
      : {}),
    targetSize: size,
    currentActions: currentActions(row, world),
    status: {
      isStable: world.groups.isStable(row),
      versionTarget: { isReached: outdated(versions, members).length === 0 },
      allInstancesConfig: { effective: true },
      stateful: { hasStatefulConfig: false, perInstanceConfigs: { allEffective: true } },
    },
  };
}

export const instanceGroupManagers: Kind = {
  collection: "instanceGroupManagers",
  noun: "instanceGroupManager",
  scopes: ["zones", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete", "Patch"],
  references: [
    { at: "instanceTemplate", to: ["instanceTemplates"] },
    { at: "versions.*.instanceTemplate", to: ["instanceTemplates"] },
  ],
  outputOnly: ["instanceGroup", "currentActions", "status"],
  immutable: ["baseInstanceName"],
  fingerprint: "optional",
  usage: () => [{ metric: "INSTANCE_GROUP_MANAGERS", region: "global", amount: 1 }],
  prepare(body, { world, scope, name }) {
    const base = asText(body["baseInstanceName"]) ?? name.slice(0, BASE_NAME_MOST).replace(/-+$/, "");
    if (base.length > BASE_NAME_MOST)
      throw invalid("resource.baseInstanceName", base, `At most ${BASE_NAME_MOST} characters are allowed.`);
    if (base.includes("#")) throw notModelled("sequential instance names");
    checkName(base, "resource.baseInstanceName");
    if (body["targetSize"] === undefined) throw required("resource.targetSize");
    const { namedPorts: _, ...own } = completeVersions(body, body);
    const zones = zonesOf({ scope, body } as Row, world.catalogue).length;
    const whole: JsonObject = {
      listManagedInstancesResults: "PAGELESS",
      ...own,
      baseInstanceName: base,
      updatePolicy: {
        type: "OPPORTUNISTIC",
        minimalAction: "REPLACE",
        mostDisruptiveAllowedAction: "REPLACE",
        replacementMethod: "SUBSTITUTE",
        ...asObject(body["updatePolicy"]),
        maxSurge: asObject(body["updatePolicy"])["maxSurge"] ?? { fixed: zones },
        maxUnavailable: asObject(body["updatePolicy"])["maxUnavailable"] ?? { fixed: zones },
        ...(scope.startsWith("regions/")
          ? {
              instanceRedistributionType:
                asObject(body["updatePolicy"])["instanceRedistributionType"] ?? "PROACTIVE",
            }
          : {}),
      },
      instanceLifecyclePolicy: {
        defaultActionOnFailure: "REPAIR",
        forceUpdateOnRepair: "NO",
        ...asObject(body["instanceLifecyclePolicy"]),
      },
    };
    return checkWhole(whole, world, scope, undefined);
  },
  prepareChange(next, { row, world, body }) {
    const { namedPorts, ...own } = completeVersions(next, body);
    const whole = checkWhole(own, world, row.scope, row);
    const zones = [row.body, whole].map((body) => String(zonesOf({ ...row, body }, world.catalogue)));
    if (zones[0] !== zones[1])
      throw invalid("resource.distributionPolicy.zones", zones[1], "The zones of a group cannot be changed.");
    const group = world.rows.find({ ...row, collection: "instanceGroups" });
    if (namedPorts !== undefined && group !== undefined && !sameJson(group.body["namedPorts"], namedPorts)) {
      world.change(group, { ...group.body, namedPorts });
    }
    return whole;
  },
  changed: (row, _before, world) => world.groups.nudge(row),
  insert: insertGroup,
  remove: removeGroup,
  removed(row, world) {
    const group = world.rows.find({ ...row, collection: "instanceGroups" });
    if (group !== undefined) world.remove(group);
  },
  render,
  verbs: groupVerbs((request, next) => {
    const whole = checkWhole(completeVersions(next, {}), request.world, request.row.scope, request.row);
    return changed(request, `compute.instanceGroupManagers.${verbName(request)}`, whole);
  }),
};
function verbName({ call }: ResourceRequest): string {
  return call.method.charAt(0).toLowerCase() + call.method.slice(1);
}
