/** The verbs of `instances`: power, labels and metadata, disks, and what can be asked of a machine. */

import { holdAddress, ownerOf, releaseExternal, takeExternal } from "./addresses.ts";
import {
  type ApiError,
  conditionNotMet,
  inUse,
  invalid,
  invalidUse,
  notFound,
  notReady,
} from "./api-error.ts";
import type { JsonObject } from "./call.ts";
import { contentFingerprint } from "./fingerprints.ts";
import { checkMetadata, checkTags } from "./formats.ts";
import { completeScheduling } from "./instance-body.ts";
import { INSTANCE_REFERENCES } from "./instance-references.ts";
import { asList, asNumber, asObject, asObjects, asText, sameJson } from "./json.ts";

import { changed } from "./mutations.ts";
import type { Started } from "./operations.ts";
import { packedMetadata } from "./packed-metadata.ts";
import { resolveReferences, usersOf } from "./references.ts";
import type { ResourceRequest, Verb } from "./world.ts";

const INSTANCE_LINKS = { references: INSTANCE_REFERENCES };

const isRunning = ({ row }: ResourceRequest) => row.body["status"] === "RUNNING";
const isDown = ({ row }: ResourceRequest) => row.body["status"] === "TERMINATED";

/** An operation over a machine's life. Asking for what is so already is done at once. */
function power(
  request: ResourceRequest,
  type: string,
  already: boolean,
  begin: (end: (failure?: ApiError) => void) => void,
): Started {
  const { row } = request;
  if (row.state !== "ready") throw notReady(row.path);
  const common = { type, targetPath: row.path, targetId: row.id };
  return already ? { ...common, runMs: 0 } : { ...common, begin };
}
const start: Verb = (request) => {
  const status = String(request.row.body["status"]);
  if (!["TERMINATED", "RUNNING", "PROVISIONING", "STAGING"].includes(status))
    throw notReady(request.row.path);
  return power(request, "start", status !== "TERMINATED", (end) => {
    // Another start may have run while this one was PENDING.
    if (isDown(request)) request.world.machines.start(request.row, end);
    else end();
  });
};
const stop: Verb = (request) =>
  power(request, "stop", isDown(request), (end) => request.world.machines.stop(request.row, end));
const suspend: Verb = (request) => {
  if (!isRunning(request)) throw invalidUse("Only a running instance can be suspended.");
  return power(request, "suspend", false, (end) =>
    request.world.machines.stop(request.row, end, "SUSPENDED"),
  );
};
const resume: Verb = (request) => {
  if (request.row.body["status"] !== "SUSPENDED")
    throw invalidUse("Only a suspended instance can be resumed.");
  return power(request, "resume", false, (end) => request.world.machines.start(request.row, end));
};
const reset: Verb = (request) => {
  if (!isRunning(request)) throw notReady(request.row.path);
  return power(request, "reset", false, (end) => {
    if (isRunning(request)) request.world.machines.reset(request.row);
    end(isRunning(request) ? undefined : notReady(request.row.path));
  });
};

const setMetadata: Verb = (request) => {
  const { row, body } = request;
  const present = asObject(row.body["metadata"]);
  if (body["fingerprint"] !== contentFingerprint(present["items"] ?? [])) {
    throw conditionNotMet("Supplied fingerprint does not match current metadata fingerprint.");
  }
  checkMetadata(body, "metadata");
  const metadata = packedMetadata({ items: body["items"] ?? [] });
  return changed(request, "setMetadata", { ...row.body, metadata });
};
const setTags: Verb = (request) => {
  const { row, body } = request;
  if (body["fingerprint"] !== contentFingerprint(asList(asObject(row.body["tags"])["items"]))) {
    throw conditionNotMet("Supplied fingerprint does not match current tags fingerprint.");
  }
  checkTags(body, "tags");
  return changed(request, "setTags", { ...row.body, tags: { items: body["items"] ?? [] } });
};
const setScheduling: Verb = (request) => {
  const { row, body } = request;
  const next = { ...asObject(row.body["scheduling"]), ...body };
  const before = asObject(row.body["scheduling"]);
  const model = ["provisioningModel", "preemptible"].some((field) => !sameJson(before[field], next[field]));
  if (model) throw invalidUse("The provisioning model of an instance cannot be changed.");
  const scheduling = completeScheduling(next, asObjects(row.body["guestAccelerators"]).length > 0);
  return changed(request, "setScheduling", { ...row.body, scheduling });
};
const setMachineType: Verb = (request) => {
  const { row, body, world } = request;
  if (!isDown(request))
    throw invalidUse(
      "Invalid resource usage: the machine type can be changed only while the instance is stopped.",
    );
  const { machineType } = resolveReferences(
    world,
    INSTANCE_LINKS,
    { machineType: body["machineType"] },
    row.project,
  );
  return changed(request, "setMachineType", { ...row.body, machineType });
};
const setServiceAccount: Verb = (request) => {
  const { row, body } = request;
  if (!isDown(request))
    throw invalidUse("The instance must be stopped before the service account can be changed.");
  const email = asText(body["email"]);
  const account = email === undefined ? [] : [{ email, scopes: body["scopes"] ?? [] }];
  return changed(request, "setServiceAccount", { ...row.body, serviceAccounts: account });
};
const setDeletionProtection: Verb = (request) =>
  changed(request, "setDeletionProtection", {
    ...request.row.body,
    deletionProtection: request.params["deletionProtection"] !== "false",
  });

function diskNamed({ row }: ResourceRequest, deviceName: string | undefined): JsonObject {
  const disk = asObjects(row.body["disks"]).find((entry) => entry["deviceName"] === deviceName);
  if (disk === undefined)
    throw invalid(
      "deviceName",
      deviceName ?? "",
      `No attached disk found with device name '${deviceName ?? ""}'.`,
    );
  return disk;
}
const attachDisk: Verb = (request) => {
  const { row, body, world } = request;
  const resolved = resolveReferences(world, INSTANCE_LINKS, { disks: [body] }, row.project);
  const disk = asObjects(resolved["disks"])[0] ?? {};
  const source = world.rows.at(asText(disk["source"]) ?? "");
  if (source === undefined || source.scope !== row.scope)
    throw invalid("source", asText(disk["source"]) ?? "", "The disk must be in the instance's zone.");
  const [user] = usersOf(source, "instances");
  if (user !== undefined && disk["mode"] !== "READ_ONLY") throw inUse("disk", source.path, user.path);
  const present = asObjects(row.body["disks"]);
  const index = Math.max(-1, ...present.map((entry) => asNumber(entry["index"]) ?? 0)) + 1;
  const deviceName = asText(disk["deviceName"]) ?? `persistent-disk-${index}`;
  if (present.some((entry) => entry["deviceName"] === deviceName))
    throw invalid("deviceName", deviceName, "The device name is already in use.");
  const attached = {
    kind: "compute#attachedDisk",
    type: "PERSISTENT",
    mode: "READ_WRITE",
    interface: "SCSI",
    autoDelete: false,
    boot: false,
    diskSizeGb: source.body["sizeGb"],
    ...disk,
    deviceName,
    index,
  };
  return changed(request, "attachDisk", { ...row.body, disks: [...present, attached] });
};
const detachDisk: Verb = (request) => {
  const { row, params } = request;
  const disk = diskNamed(request, params["deviceName"]);
  if (disk["boot"] === true && !isDown(request))
    throw invalidUse("A boot disk can be detached only while the instance is stopped.");
  return changed(request, "detachDisk", {
    ...row.body,
    disks: asObjects(row.body["disks"]).filter((entry) => entry !== disk),
  });
};
const setDiskAutoDelete: Verb = (request) => {
  const { row, params } = request;
  const disk = diskNamed(request, params["deviceName"]);
  const disks = asObjects(row.body["disks"]).map((entry) =>
    entry === disk ? { ...entry, autoDelete: params["autoDelete"] === "true" } : entry,
  );
  return changed(request, "setDiskAutoDelete", { ...row.body, disks });
};

const addAccessConfig: Verb = (request) => {
  const { row, body, world } = request;
  const nics = asObjects(row.body["networkInterfaces"]);
  const nic = nics.find((entry) => entry["name"] === (request.params["networkInterface"] ?? "nic0"));
  if (nic === undefined)
    throw invalid(
      "networkInterface",
      request.params["networkInterface"] ?? "",
      "There is no such interface.",
    );
  if (asObjects(nic["accessConfigs"]).length > 0)
    throw invalidUse("At most one access config is currently supported.");
  const natIP = takeExternal(world, row.path, asText(body["natIP"]));
  const config = {
    kind: "compute#accessConfig",
    type: "ONE_TO_ONE_NAT",
    name: "external-nat",
    networkTier: "PREMIUM",
    ...body,
    natIP,
  };
  const networkInterfaces = nics.map((entry) =>
    entry === nic ? { ...entry, accessConfigs: [config] } : entry,
  );
  const started = changed(request, "addAccessConfig", { ...row.body, networkInterfaces });
  holdAddress(world, ownerOf(world.externalPool, natIP), row);
  return started;
};
const deleteAccessConfig: Verb = (request) => {
  const { row, params, world } = request;
  const name = params["accessConfig"];
  const nics = asObjects(row.body["networkInterfaces"]);
  const found = nics
    .flatMap((nic) => asObjects(nic["accessConfigs"]))
    .find((config) => config["name"] === name);
  if (found === undefined) throw notFound(`${row.path}/accessConfigs/${name ?? ""}`);
  releaseExternal(world, asText(found["natIP"]) ?? "", row);
  const networkInterfaces = nics.map((nic) => ({
    ...nic,
    accessConfigs: asObjects(nic["accessConfigs"]).filter((config) => config !== found),
  }));
  return changed(request, "deleteAccessConfig", { ...row.body, networkInterfaces });
};

const getSerialPortOutput: Verb = ({ row, world, params }) => {
  const port = params["port"] ?? "1";
  if (!["1", "2", "3", "4"].includes(port))
    throw invalid("port", port, "Must be an integer between 1 and 4.");
  const output =
    port === "1"
      ? world.machines.console(row).read(Number(params["start"] ?? 0))
      : { contents: "", start: 0, next: 0 };
  return {
    answer: {
      kind: "compute#serialPortOutput",
      contents: output.contents,
      start: String(output.start),
      next: String(output.next),
      selfLink: world.link(`${row.path}/serialPort`),
    },
  };
};
const simulateMaintenanceEvent: Verb = (request) => {
  const { row, world } = request;
  if (!isRunning(request)) throw notReady(row.path);
  return power(request, "simulateMaintenanceEvent", false, (end) => {
    world.machines.maintain(row);
    end();
  });
};

export const instanceVerbs: Readonly<Record<string, Verb>> = {
  Start: start,
  Stop: stop,
  Suspend: suspend,
  Resume: resume,
  Reset: reset,
  SetMetadata: setMetadata,
  SetTags: setTags,
  SetScheduling: setScheduling,
  SetMachineType: setMachineType,
  SetServiceAccount: setServiceAccount,
  SetDeletionProtection: setDeletionProtection,
  AttachDisk: attachDisk,
  DetachDisk: detachDisk,
  SetDiskAutoDelete: setDiskAutoDelete,
  AddAccessConfig: addAccessConfig,
  DeleteAccessConfig: deleteAccessConfig,
  GetSerialPortOutput: getSerialPortOutput,
  SimulateMaintenanceEvent: simulateMaintenanceEvent,
};
