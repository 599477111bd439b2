/** The read-only services: projects, regions, zones, machine, disk and accelerator types, image family views. */
import { notFound } from "./api-error.ts";
import type { ComputeCall, JsonObject } from "./call.ts";
import type { DiskType, MachineType } from "./catalogue.ts";
import { contentFingerprint } from "./fingerprints.ts";
import { newestOfFamily } from "./image-families.ts";
import { aggregatedBody, type Listed, type Lister, listBody, readListParams, takePage } from "./lists.ts";
import { renderRow } from "./render.ts";
import { formatTime } from "./times.ts";
import type { World } from "./world.ts";

/** A method answers at once and changes nothing. @throws ApiError */
export type CatalogueService = Readonly<Record<string, (call: ComputeCall) => JsonObject>>;

/** The catalogue is as old as the API. */
const CREATED_MS = Date.UTC(2013, 11, 2);
/** A project's number is derived from its id, so that worlds are equal. */
const NUMBER_LEAST = 100_000_000_000;
const NUMBERS = 899_999_999_989;

export function projectNumber(project: string): number {
  let hash = 0;
  for (const letter of project) hash = (hash * 131 + letter.charCodeAt(0)) % NUMBERS;
  return NUMBER_LEAST + hash;
}

/** A stable id for what has no row. */
function idOf(path: string): string {
  return String(projectNumber(path));
}

interface Item {
  readonly name: string;
  readonly fields: JsonObject;
}

interface ListedOffer extends Listed {
  render(): JsonObject;
}

export function createCatalogueServices(world: World): Readonly<Record<string, CatalogueService>> {
  const { catalogue, link } = world;

  function render(project: string, scope: string, collection: string, noun: string, item: Item): JsonObject {
    const path = `projects/${project}${scope === "" ? "" : `/${scope}`}/${collection}/${item.name}`;
    return {
      kind: `compute#${noun}`,
      id: idOf(path),
      creationTimestamp: formatTime(CREATED_MS),
      name: item.name,
      ...item.fields,
      ...(scope.startsWith("zones/") ? { zone: scope.slice("zones/".length) } : {}),
      selfLink: link(path),
    };
  }
  function collection(
    name: string,
    noun: string,
    scopeOf: (call: ComputeCall) => string,
    items: (project: string) => readonly Item[],
    find: (project: string, name: string) => Item | undefined,
  ): CatalogueService {
    const lister: Lister<ListedOffer> = { render: (offer) => offer.render() };
    const listed = (project: string, scope: string): ListedOffer[] =>
      items(project).map((item) => ({
        name: item.name,
        scope,
        createdMs: CREATED_MS,
        render: () => render(project, scope, name, noun, item),
      }));
    return {
      Get(call) {
        const { project = "" } = call.params;
        const wanted = call.params[noun] ?? "";
        const item = find(project, wanted);
        const scope = scopeOf(call);
        if (item === undefined)
          throw notFound(`projects/${project}/${scope}${scope === "" ? "" : "/"}${name}/${wanted}`);
        return render(project, scope, name, noun, item);
      },
      List(call) {
        const { project = "" } = call.params;
        const scope = scopeOf(call);
        const page = takePage(listed(project, scope), readListParams(call.params), lister);
        return listBody(
          `${noun}List`,
          `projects/${project}${scope === "" ? "" : `/${scope}`}/${name}`,
          page,
          link,
        );
      },
      AggregatedList(call) {
        const { project = "" } = call.params;
        const scopes = catalogue.zones.map((zone) => `zones/${zone}`);
        const page = takePage(
          scopes.flatMap((scope) => listed(project, scope)),
          readListParams(call.params),
          lister,
        );
        return aggregatedBody(
          { type: `${noun}AggregatedList`, collection: name, project },
          scopes,
          page,
          link,
        );
      },
    };
  }
  const zonal = (call: ComputeCall) => `zones/${call.params["zone"] ?? ""}`;
  const regional = (call: ComputeCall) => `regions/${call.params["region"] ?? ""}`;
  const none = () => "";
  const from = (items: readonly Item[]) =>
    [() => items, (_: string, name: string) => items.find((item) => item.name === name)] as const;

  const zones = (project: string): Item[] =>
    catalogue.zones.map((name) => {
      const region = name.replace(/-[a-z]$/, "");
      return {
        name,
        fields: { description: name, status: "UP", region: link(`projects/${project}/regions/${region}`) },
      };
    });
  const regions = (project: string): Item[] =>
    catalogue.regions.map((name) => ({
      name,
      fields: {
        description: name,
        status: "UP",
        zones: catalogue.zonesOf(name).map((zone) => link(`projects/${project}/zones/${zone}`)),
        quotas: world.quotas.lines(project, name).map((line) => ({ ...line })),
      },
    }));
  const named = (items: (project: string) => readonly Item[]) => (project: string, name: string) =>
    items(project).find((item) => item.name === name);
  const withoutAggregate = ({ AggregatedList: _, ...rest }: CatalogueService): CatalogueService => rest;

  return {
    Zones: withoutAggregate(collection("zones", "zone", none, zones, named(zones))),
    Regions: withoutAggregate(collection("regions", "region", none, regions, named(regions))),
    MachineTypes: collection(
      "machineTypes",
      "machineType",
      zonal,
      () => catalogue.machineTypes.map(machineType),
      (_, name) => {
        const type = catalogue.machineType(name);
        return type === undefined ? undefined : machineType(type);
      },
    ),
    DiskTypes: collection("diskTypes", "diskType", zonal, ...from(catalogue.diskTypes.map(diskType))),
    AcceleratorTypes: collection(
      "acceleratorTypes",
      "acceleratorType",
      zonal,
      ...from(
        catalogue.acceleratorTypes.map(({ name, most, text }) => ({
          name,
          fields: { description: text, maximumCardsPerInstance: most },
        })),
      ),
    ),
    // No autoscaler can be made here, so that these lists are empty in truth; gcloud reads them beside managed groups.
    Autoscalers: collection("autoscalers", "autoscaler", zonal, ...from([])),
    RegionAutoscalers: withoutAggregate(collection("autoscalers", "autoscaler", regional, ...from([]))),
    Projects: { Get: (call) => project(world, call.params["project"] ?? "") },
    ImageFamilyViews: {
      Get(call) {
        const { project = "", family = "" } = call.params;
        return { image: renderRow(world, newestOfFamily(world, project, family)) };
      },
    },
  };
}

function machineType(type: MachineType): Item {
  return {
    name: type.name,
    fields: {
      description: `${type.cpus} vCPUs, ${type.memoryMb} MB RAM`,
      guestCpus: type.cpus,
      memoryMb: type.memoryMb,
      isSharedCpu: type.shared,
      architecture: type.architecture,
      // Source: https://cloud.google.com/compute/docs/disks#pdnumberlimits
      maximumPersistentDisks: type.shared ? 16 : 128,
      maximumPersistentDisksSizeGb: type.shared ? "3072" : "263168",
      imageSpaceGb: 0,
    },
  };
}
function diskType(type: DiskType): Item {
  return {
    name: type.name,
    fields: {
      description: type.name,
      validDiskSize: `${type.leastGb}GB-${type.mostGb}GB`,
      defaultDiskSizeGb: String(type.defaultGb),
    },
  };
}
function project(world: World, name: string): JsonObject {
  return {
    kind: "compute#project",
    id: String(projectNumber(name)),
    creationTimestamp: formatTime(CREATED_MS),
    name,
    commonInstanceMetadata: { kind: "compute#metadata", fingerprint: contentFingerprint([]) },
    quotas: world.quotas.lines(name, "global").map((line) => ({ ...line })),
    defaultServiceAccount: `${projectNumber(name)}-compute@developer.gserviceaccount.com`,
    xpnProjectStatus: "UNSPECIFIED_XPN_PROJECT_STATUS",
    defaultNetworkTier: "PREMIUM",
    vmDnsSetting: "ZONAL_ONLY",
    cloudArmorTier: "CA_STANDARD",
    selfLink: world.link(`projects/${name}`),
  };
}
