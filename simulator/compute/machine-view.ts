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
    const path = asText(disk["source"]) ?? "";
    return {
      deviceName: asText(disk["deviceName"]) ?? "",
      path,
      id: world.rows.at(path)?.id ?? "",
      boot: disk["boot"] === true,
    };
  });
}

export function viewMachine(
  world: World,
  row: Row,
  state: { readonly boot: number; readonly startedMs: number; readonly write: (line: string) => void },
): Machine {
  const { body } = row;
  const nic = asObjects(body["networkInterfaces"])[0] ?? {};
  const account = asObjects(body["serviceAccounts"])[0];
  const disks = disksOf(world, body);
  const bootDisk = world.rows.at(disks.find(({ boot }) => boot)?.path ?? "");
  const subnetwork = asText(nic["subnetwork"]) ?? "";
  const natIP = asText(asObjects(nic["accessConfigs"])[0]?.["natIP"]);
  return {
    project: row.project,
    zone: zoneOf(row.scope),
    name: row.name,
    path: row.path,
    id: row.id,
    status: asText(body["status"]) ?? "",
    boot: state.boot,
    startedMs: state.startedMs,
    machineType: lastSegment(asText(body["machineType"]) ?? ""),
    image: asText(bootDisk?.body["sourceImage"]),
    metadata: metadataOf(body),
    tags: asTexts(asObject(body["tags"])["items"]),
    labels: asObject(body["labels"]) as Record<string, string>,
    serviceAccount: asText(account?.["email"]),
    scopes: asTexts(account?.["scopes"]),
    network: asText(nic["network"]) ?? "",
    subnetwork,
    networkIP: asText(nic["networkIP"]) ?? "",
    natIP,
    aliasRanges: asObjects(nic["aliasIpRanges"]).map((alias) => ({
      range: asText(alias["ipCidrRange"]) ?? "",
      name: asText(alias["subnetworkRangeName"]),
    })),
    canIpForward: asBoolean(body["canIpForward"]) === true,
    disks,
    // Asked of the world, for a NAT comes and goes without the machine.
    get internet() {
      if (natIP !== undefined) return true;
      const row = world.rows.at(subnetwork);
      return row !== undefined && hasNat(world, row);
    },
    console: { write: state.write },
  };
}
