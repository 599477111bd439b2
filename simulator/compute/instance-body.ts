/** Completes the body of a new machine: checks and defaults, disks, addresses; from an insert or from a template. */
import { createMemory } from "../remembered.ts";
import { ApiError, invalid, invalidUse, notReady, required } from "./api-error.ts";
import type { JsonObject } from "./call.ts";
import { checkLabels, checkMetadata, checkName, checkTags } from "./formats.ts";
import { asList, asNumber, asObject, asObjects, asText } from "./json.ts";
import { type Place, pathOf, regionOf } from "./links.ts";
import type { World } from "./world.ts";

/** Source: compute.proto, Instance.disks; https://cloud.google.com/compute/docs/disks#pdnumberlimits */
const DISKS_MAX = 128;
/** "90 to 330, in steps of 30" (compute.proto, Scheduling.host_error_timeout_seconds) */
const HOST_ERROR_TIMEOUT_STEP_SEC = 30;

/** Standard machines migrate and restart; Spot machines do neither. Source: compute.proto, Scheduling */
export function completeScheduling(scheduling: JsonObject, accelerators: boolean): JsonObject {
  const spot = scheduling["provisioningModel"] === "SPOT" || scheduling["preemptible"] === true;
  const completed: JsonObject = {
    onHostMaintenance: spot ? "TERMINATE" : "MIGRATE",
    automaticRestart: !spot,
    preemptible: spot,
    provisioningModel: spot ? "SPOT" : "STANDARD",
    ...(scheduling["provisioningModel"] === "SPOT" ? { instanceTerminationAction: "STOP" } : {}),
    ...scheduling,
  };
  const field = "resource.scheduling";
  if (spot && completed["automaticRestart"] === true)
    throw invalid(`${field}.automaticRestart`, true, "Spot machines cannot restart automatically.");
  if (spot && completed["onHostMaintenance"] === "MIGRATE")
    throw invalid(`${field}.onHostMaintenance`, "MIGRATE", "Spot machines cannot migrate.");
  if (accelerators && completed["onHostMaintenance"] === "MIGRATE") {
    throw invalid(
      `${field}.onHostMaintenance`,
      "MIGRATE",
      "Instances with guest accelerators do not support live migration. Set it to TERMINATE.",
    );
  }
  const timeout = asNumber(completed["hostErrorTimeoutSeconds"]);
  if (
    timeout !== undefined &&
    (timeout < 90 || timeout > 330 || timeout % HOST_ERROR_TIMEOUT_STEP_SEC !== 0)
  ) {
    throw invalid(`${field}.hostErrorTimeoutSeconds`, timeout, "Must be 90 to 330 in steps of 30.");
  }
  return schedulings(JSON.stringify(completed), () => completed);
}
/** There are only a few, for any number of machines. */
const schedulings = createMemory<JsonObject>();

/** What an instance and a template must both fulfil. @throws ApiError */
export function checkProperties(body: JsonObject, field: string): void {
  checkLabels(body["labels"], `${field}.labels`);
  checkTags(asObject(body["tags"]), `${field}.tags`);
  checkMetadata(asObject(body["metadata"]), `${field}.metadata`);
  if (asText(body["machineType"]) === undefined) throw required(`${field}.machineType`);
  if (asObjects(body["networkInterfaces"]).length === 0) throw required(`${field}.networkInterfaces`);
  const disks = asObjects(body["disks"]);
  if (disks.length === 0) throw required(`${field}.disks`);
  if (disks.length > DISKS_MAX)
    throw invalid(`${field}.disks`, disks.length, `At most ${DISKS_MAX} are allowed.`);
  if (disks[0]?.["boot"] !== true)
    throw invalid(`${field}.disks[0].boot`, false, "The first disk must be a boot disk.");
  if (asObjects(body["serviceAccounts"]).length > 1)
    throw invalid(`${field}.serviceAccounts`, 2, "At most one service account is allowed.");
  const names = disks.map((disk) => asText(disk["deviceName"])).filter((name) => name !== undefined);
  if (new Set(names).size !== names.length)
    throw invalid(`${field}.disks`, names, "Device names must be unique.");
  for (const [at, account] of asObjects(body["serviceAccounts"]).entries()) {
    if (asList(account["scopes"]).length === 0) throw required(`${field}.serviceAccounts[${at}].scopes`);
  }
}

/** A disk that a machine brings with it, or finds. */
export interface DiskPlan {
  /** How the machine lists it; `source` is set. */
  readonly attached: JsonObject;
  /** To be created with the machine. */
  readonly create: { readonly name: string; readonly path: string; readonly body: JsonObject } | undefined;
}

export function planDisk(disk: JsonObject, at: number, name: string, place: Place, world: World): DiskPlan {
  const field = `resource.disks[${at}]`;
  const common = {
    kind: "compute#attachedDisk",
    type: "PERSISTENT",
    mode: "READ_WRITE",
    deviceName: `persistent-disk-${at}`,
    index: at,
    boot: at === 0,
    interface: "SCSI",
  };
  const { initializeParams, ...rest } = disk;
  const source = asText(disk["source"]);
  if (source !== undefined) {
    const row = world.rows.at(source);
    if (row === undefined || row.scope !== place.scope)
      throw invalid(
        `${field}.source`,
        source,
        "The referenced disk resource cannot be found in the machine's zone.",
      );
    if (row.state !== "ready") throw notReady(source);
    const users = [...(row.users ?? [])].filter((user) => user.collection === "instances");
    const [user] = users;
    if (user !== undefined && disk["mode"] !== "READ_ONLY") {
      throw new ApiError(
        400,
        "resourceInUseByAnotherResource",
        `The disk resource '${source}' is already being used by '${user.path}'`,
      );
    }
    const attached = {
      ...common,
      autoDelete: false,
      diskSizeGb: row.body["sizeGb"],
      architecture: row.body["architecture"],
      ...rest,
    };
    return { attached, create: undefined };
  }
  if (disk["type"] === "SCRATCH")
    throw new ApiError(
      501,
      "notImplemented",
      "The simulated cloud does not model local SSDs (disks of type SCRATCH).",
    );
  const asked = asObject(initializeParams);
  if (
    at === 0 &&
    asText(asked["sourceImage"]) === undefined &&
    asText(asked["sourceSnapshot"]) === undefined
  ) {
    throw invalid(`${field}`, "", "A boot disk needs a source or initializeParams.sourceImage.");
  }
  const diskName = asText(asked["diskName"]) ?? (at === 0 ? name : `${name}-${at}`);
  checkName(diskName, `${field}.initializeParams.diskName`);
  if (world.rows.find({ ...place, collection: "disks", name: diskName }) !== undefined) {
    throw new ApiError(
      409,
      "alreadyExists",
      `The resource 'projects/${place.project}/${place.scope}/disks/${diskName}' already exists`,
    );
  }
  const body: JsonObject = {
    ...(asked["sourceImage"] === undefined ? {} : { sourceImage: asked["sourceImage"] }),
    ...(asked["sourceSnapshot"] === undefined ? {} : { sourceSnapshot: asked["sourceSnapshot"] }),
    ...(asked["diskType"] === undefined ? {} : { type: typePath(asText(asked["diskType"]) ?? "", place) }),
    ...(asked["labels"] === undefined ? {} : { labels: asked["labels"] }),
    ...(asked["description"] === undefined ? {} : { description: asked["description"] }),
    ...(asked["resourcePolicies"] === undefined ? {} : { resourcePolicies: asked["resourcePolicies"] }),
    ...((asked["diskSizeGb"] ?? disk["diskSizeGb"]) === undefined
      ? {}
      : { sizeGb: String(asked["diskSizeGb"] ?? disk["diskSizeGb"]) }),
  };
  checkLabels(asked["labels"], `${field}.initializeParams.labels`);
  const path = pathOf({ ...place, collection: "disks", name: diskName });
  return {
    attached: { ...common, autoDelete: false, ...rest, source: path },
    create: { name: diskName, path, body },
  };
}
/** Templates name disk types bare. */
function typePath(type: string, { project, scope }: Place): string {
  return type.includes("/") ? type : `projects/${project}/${scope}/diskTypes/${type}`;
}

/** The network of an interface: given, or the subnetwork's. @throws ApiError */
export function placeInterface(nic: JsonObject, place: Place, world: World, field: string): JsonObject {
  const region = `regions/${regionOf(place.scope)}`;
  const subnetwork = world.rows.at(asText(nic["subnetwork"]) ?? "");
  const network = asText(nic["network"]);
  if (subnetwork !== undefined) {
    if (subnetwork.scope !== region)
      throw invalid(`${field}.subnetwork`, subnetwork.path, `It must be in ${region}.`);
    const own = asText(subnetwork.body["network"]);
    if (network !== undefined && network !== own)
      throw invalid(`${field}.subnetwork`, subnetwork.path, "It is not in the specified network.");
    return { ...nic, network: own };
  }
  if (network === undefined)
    throw invalid(
      `${field}.network`,
      "",
      "At least one of network and subnetwork must be specified: the project has no default network.",
    );
  const auto = {
    project: place.project,
    scope: region,
    collection: "subnetworks",
    name: network.replace(/^.*\//, ""),
  };
  if (world.rows.at(network)?.body["autoCreateSubnetworks"] === true && world.rows.find(auto) !== undefined) {
    return { ...nic, subnetwork: pathOf(auto) };
  }
  throw invalidUse(
    `Invalid value for field '${field}.subnetwork': ''. Network interface must specify a subnet if the network resource is in custom subnet mode.`,
  );
}
