/** Reads a machine's row into the view that boot, probes and endpoints work with. */
import { asBoolean, asObject, asObjects, asText, asTexts, type JsonObject } from "./json.ts";
import { hasNat } from "./kinds/routers.ts";
import { lastSegment, zoneOf } from "./links.ts";
import type { Machine } from "./machine.ts";
import type { Row } from "./row.ts";
import type { World } from "./world.ts";

function metadataOf(body: JsonObject): Record<string, string> {
  const items = asObjects(asObject(body["metadata"])["items"]);
  return Object.fromEntries(items.map(({ key, value }) => [String(key), String(value ?? "")]));
}
function disksOf(world: World, body: JsonObject): Machine["disks"] {
  return asObjects(body["disks"]).map((disk) => {
    const source = asText(disk["source"]) ?? "";
    const row = world.rows.at(source);
    return {
      deviceName: asText(disk["deviceName"]) ?? "",
      path: row?.path ?? source,
      id: row?.id ?? "",
      boot: disk["boot"] === true,
    };
  });
}

interface Moment {
  readonly boot: number;
  readonly startedMs: number;
  readonly console: Machine["console"];
}

/** A class, so that a hundred thousand of them share what is the same: how they are laid out, and what is asked of the world. */
class View implements Machine {
  readonly #world: World;
  readonly #body: JsonObject;
  readonly project: string;
  readonly zone: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly status: string;
  readonly boot: number;
  readonly startedMs: number;
  readonly machineType: string;
  readonly image: string | undefined;
  readonly tags: Machine["tags"];
  readonly labels: Machine["labels"];
  readonly serviceAccount: string | undefined;
  readonly scopes: Machine["scopes"];
  readonly network: string;
  readonly subnetwork: string;
  readonly networkIP: string;
  readonly natIP: string | undefined;
  readonly aliasRanges: Machine["aliasRanges"];
  readonly canIpForward: boolean;
  readonly console: Machine["console"];

  constructor(world: World, row: Row, moment: Moment) {
    const { body } = row;
    const nic = asObjects(body["networkInterfaces"])[0] ?? {};
    const account = asObjects(body["serviceAccounts"])[0];
    this.#world = world;
    this.#body = body;
    this.project = row.project;
    this.zone = zoneOf(row.scope);
    this.name = row.name;
    this.path = row.path;
    this.id = row.id;
    this.status = asText(body["status"]) ?? "";
    this.boot = moment.boot;
    this.startedMs = moment.startedMs;
    const type = lastSegment(asText(body["machineType"]) ?? "");
    // The catalogue's own text, for a part of the link would hold on to the whole.
    this.machineType = world.catalogue.machineType(type)?.name ?? type;
    const boot = asObjects(body["disks"]).find((disk) => disk["boot"] === true);
    const bootDisk = world.rows.at(asText(boot?.["source"]) ?? "");
    this.image = asText(bootDisk?.body["sourceImage"]);
    this.tags = asTexts(asObject(body["tags"])["items"]);
    this.labels = asObject(body["labels"]) as Record<string, string>;
    this.serviceAccount = asText(account?.["email"]);
    this.scopes = asTexts(account?.["scopes"]);
    this.network = asText(nic["network"]) ?? "";
    this.subnetwork = asText(nic["subnetwork"]) ?? "";
    this.networkIP = asText(nic["networkIP"]) ?? "";
    this.natIP = asText(asObjects(nic["accessConfigs"])[0]?.["natIP"]);
    this.aliasRanges = asObjects(nic["aliasIpRanges"]).map((alias) => ({
      range: asText(alias["ipCidrRange"]) ?? "",
      name: asText(alias["subnetworkRangeName"]),
    }));
    this.canIpForward = asBoolean(body["canIpForward"]) === true;
    this.console = moment.console;
  }
  /** Read when asked for: it is long, and it is read once. */
  get metadata(): Machine["metadata"] {
    return metadataOf(this.#body);
  }
  get disks(): Machine["disks"] {
    return disksOf(this.#world, this.#body);
  }
  /** Asked now, for a NAT comes and goes without the machine. */
  get internet(): boolean {
    if (this.natIP !== undefined) return true;
    const row = this.#world.rows.at(this.subnetwork);
    return row !== undefined && hasNat(this.#world, row);
  }
}

export function viewMachine(world: World, row: Row, moment: Moment): Machine {
  return new View(world, row, moment);
}
