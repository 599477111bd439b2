/** Brings a machine into the world: its row, disks and addresses, all or nothing; then its life begins. */

import {
  holdAddress,
  ownerOf,
  releaseExternal,
  releaseInternal,
  takeExternal,
  takeInternal,
} from "./addresses.ts";
import { ApiError, alreadyExists, invalid, notModelled } from "./api-error.ts";
import type { JsonObject } from "./call.ts";
import { checkName } from "./formats.ts";
import { checkProperties, completeScheduling, placeInterface, planDisk } from "./instance-body.ts";
import { formatRange, numberToAddress, parseRange, type Range } from "./ip.ts";
import { asObject, asObjects, asText } from "./json.ts";
import { prepareDisk } from "./kinds/disks.ts";
import { lastSegment, type Place, pathOf, regionOf } from "./links.ts";
import { withPackedMetadata } from "./packed-metadata.ts";
import type { Usage } from "./quotas.ts";
import type { Row } from "./row.ts";
import { formatTime } from "./times.ts";
import type { World } from "./world.ts";

/** Processors count towards a metric of their family, but for the oldest ones. Source: https://cloud.google.com/compute/resource-usage */
const COMMON_CPUS = new Set(["e2", "n1", "f1", "g1", "custom"]);

export function instanceUsage(world: World, place: Place, body: JsonObject): readonly Usage[] {
  const region = regionOf(place.scope);
  const type = world.catalogue.machineType(lastSegment(asText(body["machineType"]) ?? ""));
  const family = type?.name.split("-")[0] ?? "";
  const metric = COMMON_CPUS.has(family) ? "CPUS" : `${family.toUpperCase()}_CPUS`;
  const external = asObjects(body["networkInterfaces"]).flatMap((nic) =>
    asObjects(nic["accessConfigs"]),
  ).length;
  return [
    { metric: "INSTANCES", region, amount: 1 },
    { metric, region, amount: type?.cpus ?? 0 },
    ...(external === 0 ? [] : [{ metric: "IN_USE_ADDRESSES", region, amount: external }]),
    ...asObjects(body["guestAccelerators"]).map((accelerator) => ({
      metric: `${lastSegment(asText(accelerator["acceleratorType"]) ?? "")
        .replaceAll("-", "_")
        .replace("tesla_", "")
        .toUpperCase()}_GPUS`,
      region,
      amount: Number(accelerator["acceleratorCount"] ?? 0),
    })),
  ];
}

/** The part of the subnetwork that an alias names, and the block's size: `/24` from range `pods`. */
function takeAlias(alias: JsonObject, subnetwork: Row, world: World, user: string): JsonObject {
  const name = asText(alias["subnetworkRangeName"]);
  const secondary = asObjects(subnetwork.body["secondaryIpRanges"]).find(
    (entry) => entry["rangeName"] === name,
  );
  const cidr = asText(alias["ipCidrRange"]) ?? "";
  const field = "resource.networkInterfaces[0].aliasIpRanges";
  if (name !== undefined && secondary === undefined)
    throw invalid(
      `${field}.subnetworkRangeName`,
      name,
      `The subnetwork '${subnetwork.name}' has no such range.`,
    );
  const range = parseRange(asText((secondary ?? subnetwork.body)["ipCidrRange"]) ?? "");
  if (range === undefined) throw invalid(field, cidr, "The subnetwork's range cannot be read.");
  const pool = world.internalPool(asText(subnetwork.body["network"]) ?? "");
  const block = aliasBlock(cidr, range, (size) => pool.free(range, size));
  if (block === undefined)
    throw new ApiError(
      400,
      "IP_SPACE_EXHAUSTED",
      `IP space of '${subnetwork.path}-${name ?? "primary"}' is exhausted, or '${cidr}' is not in it.`,
    );
  if (pool.userOf(block) !== undefined)
    throw invalid(field, cidr, "Specified alias IP range is in-use and would result in a conflict.");
  pool.take(block, user);
  return { ...alias, ipCidrRange: formatRange(block) };
}
function aliasBlock(
  cidr: string,
  within: Range,
  free: (size: number) => Range | undefined,
): Range | undefined {
  const bits = /^\/(\d{1,2})$/.exec(cidr)?.[1];
  if (bits !== undefined) return free(2 ** (32 - Number(bits)));
  const block = parseRange(cidr.includes("/") ? cidr : `${cidr}/32`);
  const inside =
    block !== undefined &&
    block.start >= within.start &&
    block.start + block.size <= within.start + within.size;
  return inside ? block : undefined;
}

function takeInterface(nic: JsonObject, at: number, place: Place, world: World, user: string): JsonObject {
  const field = `resource.networkInterfaces[${at}]`;
  const placed = placeInterface(nic, place, world, field);
  const subnetwork = world.rows.at(asText(placed["subnetwork"]) ?? "");
  if (subnetwork === undefined)
    throw invalid(`${field}.subnetwork`, "", "The referenced subnetwork resource cannot be found.");
  const networkIP = takeInternal(world, subnetwork, user, asText(nic["networkIP"]));
  const aliases = asObjects(nic["aliasIpRanges"]).map((alias) => takeAlias(alias, subnetwork, world, user));
  const accessConfigs = asObjects(nic["accessConfigs"]).map((config) => ({
    kind: "compute#accessConfig",
    type: "ONE_TO_ONE_NAT",
    name: "external-nat",
    networkTier: "PREMIUM",
    ...config,
    natIP: takeExternal(world, user, asText(config["natIP"])),
  }));
  return {
    kind: "compute#networkInterface",
    stackType: "IPV4_ONLY",
    ...placed,
    name: `nic${at}`,
    networkIP,
    ...(aliases.length === 0 ? {} : { aliasIpRanges: aliases }),
    ...(accessConfigs.length === 0 ? {} : { accessConfigs }),
  };
}

/** Gives back every address of a machine. */
export function releaseAddresses(row: Row, world: World): void {
  for (const nic of asObjects(row.body["networkInterfaces"])) {
    const network = asText(nic["network"]) ?? "";
    releaseInternal(world, network, asText(nic["networkIP"]) ?? "", row);
    for (const alias of asObjects(nic["aliasIpRanges"])) {
      const range = parseRange(asText(alias["ipCidrRange"]) ?? "");
      if (range !== undefined) releaseInternal(world, network, numberToAddress(range.start), row);
    }
    for (const config of asObjects(nic["accessConfigs"]))
      releaseExternal(world, asText(config["natIP"]) ?? "", row);
  }
}

/** Undoes what a half-made machine has taken. */
function releasePart(made: readonly JsonObject[], located: Place & { name: string }, world: World): void {
  releaseAddresses(
    {
      ...located,
      collection: "instances",
      path: pathOf({ ...located, collection: "instances" }),
      id: "",
      createdMs: 0,
      revision: 0,
      state: "creating",
      users: undefined,
      members: undefined,
      rendered: undefined,
      body: { networkInterfaces: made },
    },
    world,
  );
}

const SHIELDED = { enableSecureBoot: false, enableVtpm: true, enableIntegrityMonitoring: true };
const INTEGRITY = { updateAutoLearnPolicy: true };

/** A machine's row in PROVISIONING with its disks; links in `body` are relative paths. @throws ApiError, and takes nothing then */
export function createInstance(world: World, place: Place, name: string, body: JsonObject): Row {
  checkName(name);
  const located = { ...place, collection: "instances", name };
  const path = pathOf(located);
  if (world.rows.at(path) !== undefined) throw alreadyExists(path);
  checkProperties(body, "resource");
  const type = asText(body["machineType"]) ?? "";
  if (!type.includes(`/${place.scope}/`))
    throw invalid("resource.machineType", type, `The machine type must be of ${place.scope}.`);
  const scheduling = completeScheduling(
    asObject(body["scheduling"]),
    asObjects(body["guestAccelerators"]).length > 0,
  );
  const plans = asObjects(body["disks"]).map((disk, at) => planDisk(disk, at, name, place, world));
  const prepared = plans.map(({ create }) =>
    create === undefined ? undefined : { ...create, body: prepareDisk(create.body, world, place) },
  );
  if (asObjects(body["networkInterfaces"]).length > 1)
    throw notModelled("machines with more than one network interface");
  let made: readonly JsonObject[] = [];
  try {
    for (const [at, nic] of asObjects(body["networkInterfaces"]).entries())
      made = made.concat(takeInterface(nic, at, place, world, path));
  } catch (error) {
    releasePart(made, { ...place, name }, world);
    throw error;
  }
  for (const disk of prepared) {
    if (disk !== undefined)
      world.create(
        { ...place, collection: "disks", name: disk.name, path: disk.path },
        disk.body,
        "creating",
      );
  }
  const disks = plans.map(({ attached }, at) => {
    const size = prepared[at]?.body["sizeGb"];
    return size === undefined ? attached : { ...attached, diskSizeGb: size };
  });
  const row = world.create(
    { ...located, path },
    {
      canIpForward: false,
      deletionProtection: false,
      startRestricted: false,
      cpuPlatform: "Intel Broadwell",
      shieldedInstanceConfig: SHIELDED,
      shieldedInstanceIntegrityPolicy: INTEGRITY,
      ...withPackedMetadata(body),
      disks,
      networkInterfaces: made,
      scheduling,
      status: "PROVISIONING",
    },
    "creating",
  );
  holdAddresses(world, row);
  return row;
}
function holdAddresses(world: World, row: Row): void {
  for (const nic of asObjects(row.body["networkInterfaces"])) {
    const pool = world.internalPool(asText(nic["network"]) ?? "");
    holdAddress(world, ownerOf(pool, asText(nic["networkIP"]) ?? ""), row);
    for (const config of asObjects(nic["accessConfigs"])) {
      holdAddress(world, ownerOf(world.externalPool, asText(config["natIP"]) ?? ""), row);
    }
  }
}

/** The disks of a machine are there, once it runs. */
export function settleDisks(world: World, row: Row): void {
  for (const { source } of asObjects(row.body["disks"])) {
    const disk = world.rows.at(asText(source) ?? "");
    if (disk === undefined || disk.state !== "creating") continue;
    disk.state = "ready";
    world.settle(disk, { ...disk.body, status: "READY" });
  }
}

/** A disk says when a machine last took it, and when one last let it go. */
export function stampDisks(
  world: World,
  row: Row,
  field: "lastAttachTimestamp" | "lastDetachTimestamp",
): void {
  for (const { source } of asObjects(row.body["disks"])) {
    const disk = world.rows.at(asText(source) ?? "");
    if (disk !== undefined) world.settle(disk, { ...disk.body, [field]: formatTime(world.clock.nowMs()) });
  }
}

/** Takes back a machine that could not be launched, with the disks that were made for it. */
export function undoInstance(world: World, row: Row): void {
  const disks = asObjects(row.body["disks"]).map(({ source }) => world.rows.at(asText(source) ?? ""));
  world.remove(row);
  for (const disk of disks) if (disk?.state === "creating") world.remove(disk);
}
