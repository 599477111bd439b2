/** Instance groups: unmanaged ones that we fill ourselves, and those that belong to a managed group. */

import { SmallSet } from "../../small-set.ts";
import { ApiError, invalid, invalidUse, notFound } from "../api-error.ts";
import type { JsonObject } from "../call.ts";
import { checkInteger, checkName } from "../formats.ts";
import { asObjects, asText } from "../json.ts";
import { relativePath } from "../links.ts";
import { type Lister, readListParams, takePage } from "../lists.ts";
import { changed } from "../mutations.ts";
import type { Row } from "../row.ts";
import type { Kind, ResourceRequest, Verb, World } from "../world.ts";

/** Source: https://cloud.google.com/compute/docs/instance-groups/creating-groups-of-unmanaged-instances */
const MEMBERS_MAX = 2_000;
const PORT_MOST = 65_535;

/** The managed group that owns this group: it has the same place and name. */
function managerOf(world: World, group: Row): Row | undefined {
  return world.rows.find({ ...place(group), collection: "instanceGroupManagers", name: group.name });
}
const place = ({ project, scope }: Row) => ({ project, scope });

function checkUnmanaged({ world, row }: ResourceRequest): void {
  const manager = managerOf(world, row);
  if (manager === undefined) return;
  throw new ApiError(
    400,
    "invalidUsage",
    `Instance group '${row.path}' is managed: use '${manager.path}' to change it.`,
  );
}

export function primaryNetwork(instance: Row): string | undefined {
  return asText(asObjects(instance.body["networkInterfaces"])[0]?.["network"]);
}

function named(request: ResourceRequest): readonly Row[] {
  const { world, row, body } = request;
  return asObjects(body["instances"]).map(({ instance }, at) => {
    const path = relativePath(asText(instance) ?? "", row.project, `instances[${at}].instance`);
    const found = world.rows.at(path);
    if (found === undefined || found.collection !== "instances") throw notFound(path);
    if (found.scope !== row.scope)
      throw invalid(`instances[${at}].instance`, path, `It is not in the group's ${row.scope}.`);
    return found;
  });
}

export function addMember(world: World, group: Row, instance: Row): void {
  group.members ??= new SmallSet();
  group.members.add(instance);
  instance.users ??= new SmallSet();
  instance.users.add(group);
  const network = primaryNetwork(instance);
  if (group.body["network"] !== undefined || network === undefined) return;
  const subnetwork = asText(asObjects(instance.body["networkInterfaces"])[0]?.["subnetwork"]);
  world.change(group, { ...group.body, network, ...(subnetwork === undefined ? {} : { subnetwork }) });
}
export function dropMember(group: Row, instance: Row): void {
  group.members?.delete(instance);
  instance.users?.delete(group);
}

const addInstances: Verb = (request) => {
  checkUnmanaged(request);
  const { world, row } = request;
  const instances = named(request);
  for (const instance of instances) {
    if (row.members?.has(instance) === true) {
      throw new ApiError(
        400,
        "memberAlreadyExists",
        `Resource '${instance.path}' is already a member of '${row.path}'`,
      );
    }
    const network = asText(row.body["network"]);
    if (network !== undefined && network !== primaryNetwork(instance)) {
      throw invalidUse(
        `Resource '${instance.path}' is expected to be in the network '${network}' but is in '${primaryNetwork(instance) ?? ""}'.`,
      );
    }
  }
  if ((row.members?.size ?? 0) + instances.length > MEMBERS_MAX)
    throw invalidUse(`A group holds at most ${MEMBERS_MAX} instances.`);
  for (const instance of instances) addMember(world, row, instance);
  return changed(request, "compute.instanceGroups.addInstances", row.body);
};
const removeInstances: Verb = (request) => {
  checkUnmanaged(request);
  const { row } = request;
  const instances = named(request);
  for (const instance of instances) {
    if (row.members?.has(instance) !== true) {
      throw new ApiError(
        400,
        "memberNotFound",
        `Resource '${instance.path}' is not a member of '${row.path}'`,
      );
    }
  }
  for (const instance of instances) dropMember(row, instance);
  return changed(request, "compute.instanceGroups.removeInstances", row.body);
};

function checkNamedPorts(body: JsonObject): JsonObject {
  for (const [at, { name, port }] of asObjects(body["namedPorts"]).entries()) {
    checkName(name, `resource.namedPorts[${at}].name`);
    checkInteger(port, 1, PORT_MOST, `resource.namedPorts[${at}].port`);
  }
  return body;
}
const setNamedPorts: Verb = (request) => {
  const { row, body } = request;
  checkNamedPorts(body);
  return changed(request, "compute.instanceGroups.setNamedPorts", {
    ...row.body,
    namedPorts: body["namedPorts"] ?? [],
  });
};

const listInstances: Verb = ({ world, row, params, body }) => {
  const onlyRunning = body["instanceState"] === "RUNNING";
  const instances = [...(row.members ?? [])]
    .filter((instance) => !onlyRunning || instance.body["status"] === "RUNNING")
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const lister: Lister<Row> = {
    render: (instance) => ({
      instance: world.link(instance.path),
      status: instance.body["status"],
      ...(row.body["namedPorts"] === undefined ? {} : { namedPorts: row.body["namedPorts"] }),
    }),
  };
  const page = takePage(instances, readListParams(params), lister);
  return {
    answer: {
      kind: "compute#instanceGroupsListInstances",
      id: `${row.path}/listInstances`,
      ...(page.items.length === 0 ? {} : { items: page.items.map(page.render) }),
      ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
      selfLink: world.link(`${row.path}/listInstances`),
    },
  };
};

export const instanceGroups: Kind = {
  collection: "instanceGroups",
  noun: "instanceGroup",
  scopes: ["zones", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete"],
  references: [
    { at: "network", to: ["networks"] },
    { at: "subnetwork", to: ["subnetworks"] },
  ],
  outputOnly: ["size"],
  fingerprint: "optional",
  usage: () => [{ metric: "INSTANCE_GROUPS", region: "global", amount: 1 }],
  prepare: checkNamedPorts,
  mayDelete(row, world) {
    const manager = managerOf(world, row);
    if (manager !== undefined) {
      throw new ApiError(
        400,
        "resourceInUseByAnotherResource",
        `The instance_group resource '${row.path}' is already being used by '${manager.path}'`,
      );
    }
  },
  removed(row) {
    for (const instance of row.members ?? []) instance.users?.delete(row);
  },
  render: (row) => ({ size: row.members?.size ?? 0 }),
  verbs: {
    AddInstances: addInstances,
    RemoveInstances: removeInstances,
    SetNamedPorts: setNamedPorts,
    ListInstances: listInstances,
  },
};
