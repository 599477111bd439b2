/** Managed kind "addons": what a node needs to become Ready, the add-ons of the spec, and people's own manifests. */
import { CloudError } from "../../ports/cloud-error.ts";
import type { CloudReader, CloudWriter, Cluster, ManagedKind, Started } from "../resource.ts";
import type { AddonAction, ObservedAddon } from "./addons-model.ts";
import { planAddons } from "./addons-plan.ts";
import { type Api, apiOf, apply, find, list, mergePatch, remove } from "./api.ts";
import { BUILT_IN_PATHS, kindNamed } from "./built-in-kinds.ts";
import { type DesiredObject, desiredAddons, USER_MANIFESTS } from "./desired-addons.ts";
import { DNS_PATH } from "./dns.ts";
import { extraKinds, recordedKinds } from "./kind-record.ts";
import { INSTALLS_ANNOTATION } from "./manifests/installer.ts";
import {
  ADDON_LABEL,
  apiRoot,
  collectionPath,
  type KindPath,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MANAGED_SELECTOR,
  objectKey,
  type ServedObject,
} from "./object.ts";
import { type PodFacts, unavailable } from "./workload-state.ts";

export const addons: ManagedKind<DesiredObject, ObservedAddon, AddonAction> = {
  kind: "addons",
  after: [],
  steady: true,
  condition: "AddonsReady",
  desire: desiredAddons,
  observe,
  observeAgain,
  plan: planAddons,
  perform,
};

/** One list a kind, all at once; a second round for kinds of people's manifests, and pods when something does not run. */
async function observe(cloud: CloudReader, cluster: Cluster): Promise<readonly ObservedAddon[]> {
  const api = apiOf(cloud, cluster);
  if (api === undefined || cluster.deleting) return [];
  const desired = desiredAddons(cluster);
  const wanted = "reason" in desired ? [] : desired;
  const [dns, installed, ...first] = await Promise.all([
    find(api, DNS_PATH),
    observeInstalled(api, wanted),
    ...BUILT_IN_PATHS.map((kind) => listManaged(api, kind)),
  ]);
  const builtIn = first.flat();
  const extra = await observeExtra(api, wanted, builtIn);
  const objects = [...builtIn, ...extra];
  const troubled = objects.some((found) => found.of === "object" && unavailable(found.object) !== undefined);
  return [
    ...objects,
    ...installed,
    ...(dns === undefined ? [] : [{ of: "dns" as const, name: DNS_PATH, object: dns }]),
    ...(troubled ? await listPods(api) : []),
  ];
}

/** Workloads that did not run yet, by one list for each of their kinds; all else is as it was. */
async function observeAgain(
  cloud: CloudReader,
  cluster: Cluster,
  before: readonly ObservedAddon[],
): Promise<readonly ObservedAddon[]> {
  const api = apiOf(cloud, cluster);
  const awaited = before.filter((found) => found.of === "object" && unavailable(found.object) !== undefined);
  const isOf = (path: KindPath, found: ObservedAddon) =>
    found.of === "object" && found.object.kind === path.kind && found.object.apiVersion === path.apiVersion;
  const paths = BUILT_IN_PATHS.filter((path) => awaited.some((found) => isOf(path, found)));
  const isCovered = awaited.every((found) => paths.some((path) => isOf(path, found)));
  if (api === undefined || awaited.length === 0 || !isCovered) return observe(cloud, cluster);
  const isListed = (found: ObservedAddon) => found.of === "pod" || paths.some((path) => isOf(path, found));
  const [kept, pods, ...lists] = await Promise.all([
    Promise.all(before.filter((found) => !isListed(found)).map((found) => findAgain(api, found))),
    listPods(api),
    ...paths.map((path) => listManaged(api, path)),
  ]);
  return [...kept.flat(), ...lists.flat(), ...pods];
}

/** What we wait for though others made it: by its path. */
async function findAgain(api: Api, found: ObservedAddon): Promise<readonly ObservedAddon[]> {
  if (found.of !== "dns" && found.of !== "installed") return [found];
  const object = await find(api, found.name);
  return object === undefined ? [] : [{ ...found, object }];
}

async function listManaged(api: Api, kind: KindPath): Promise<readonly ObservedAddon[]> {
  try {
    const objects = await list(api, collectionPath(kind), { labelSelector: MANAGED_SELECTOR });
    return objects.map((object) => ({ of: "object", name: objectKey(object), object }));
  } catch (error) {
    // The API does not serve this kind (any more): there is nothing of it.
    if (error instanceof CloudError && error.code === "not-found") return [];
    throw error;
  }
}

/** What installers have left. */
async function observeInstalled(
  api: Api,
  desired: readonly DesiredObject[],
): Promise<readonly ObservedAddon[]> {
  const ours = desired.filter(({ addon }) => addon !== USER_MANIFESTS);
  const paths = ours.flatMap(({ object }) => object.metadata.annotations?.[INSTALLS_ANNOTATION] ?? []);
  const found = await Promise.all(paths.map((path) => find(api, path)));
  return found.flatMap((object, index) =>
    object === undefined ? [] : [{ of: "installed" as const, name: paths[index] ?? "", object }],
  );
}

async function observeExtra(
  api: Api,
  desired: readonly DesiredObject[],
  seen: readonly ObservedAddon[],
): Promise<readonly ObservedAddon[]> {
  const wanted = extraKinds(desired.map(({ object }) => object));
  const names = [...new Set([...wanted, ...recordedKinds(seen)])];
  const unknown = names.filter((name) => kindNamed(name) === undefined);
  const versions = [...new Set(unknown.map((name) => name.split(" ")[0] ?? ""))];
  const discovered = await Promise.all(versions.map((version) => discover(api, version)));
  const kinds = discovered.flatMap((found) => found.kinds);
  const paths = names.flatMap(
    (name) => kindNamed(name) ?? kinds.find((kind) => `${kind.apiVersion} ${kind.kind}` === name) ?? [],
  );
  const listed = await Promise.all(paths.map((kind) => listManaged(api, kind)));
  return [...discovered, ...listed.flat()];
}
/** Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api, APIResourceList */
async function discover(api: Api, apiVersion: string): Promise<Extract<ObservedAddon, { of: "kinds" }>> {
  interface Resources {
    readonly resources?: readonly {
      readonly name: string;
      readonly kind: string;
      readonly namespaced: boolean;
    }[];
  }
  const answer = await find<Resources>(api, apiRoot(apiVersion));
  const kinds = (answer?.resources ?? [])
    // `widgets/status` is a part of a widget, not a kind to apply.
    .filter(({ name }) => !name.includes("/"))
    .map(({ name, kind, namespaced }) => ({ apiVersion, kind, plural: name, namespaced }));
  return { of: "kinds", name: `kinds of ${apiVersion}`, kinds };
}

async function listPods(api: Api): Promise<readonly ObservedAddon[]> {
  const pods = await list<PodFacts>(api, "/api/v1/pods", { labelSelector: ADDON_LABEL });
  return pods.map((pod) => ({ of: "pod", name: `Pod ${pod.metadata.namespace}/${pod.metadata.name}`, pod }));
}

/** One mutation; what seemed missing is looked up first, so that a stranger's object is not taken over (S2). */
async function perform(cloud: CloudWriter, cluster: Cluster, action: AddonAction): Promise<Started> {
  const api = apiOf(cloud, cluster);
  if (api === undefined)
    throw new CloudError("unavailable", "There is no way to the Kubernetes API yet.", { target: action.key });
  switch (action.change) {
    case "apply":
      if (action.fresh) await refuseForeign(api, action.key);
      await apply(api, action.key, action.object);
      return "done";
    case "delete":
      await remove(api, action.key, action.uid);
      return "done";
    case "scale":
      await mergePatch(api, action.key, { spec: { replicas: action.replicas } });
      return "done";
  }
}

async function refuseForeign(api: Api, path: string): Promise<void> {
  const there = await find(api, path);
  if (there === undefined || isOurs(there)) return;
  throw new CloudError(
    "already-exists",
    `${objectKey(there)} exists and is not Clusterwright's. Delete it, or hand it over: set its label ${MANAGED_BY_LABEL} to ${MANAGED_BY}.`,
    { target: path },
  );
}
/** By label; what the first machine applies at its birth bears our name but no label yet. */
function isOurs(object: ServedObject): boolean {
  const { labels, name } = object.metadata;
  return labels?.[MANAGED_BY_LABEL] === MANAGED_BY || name.startsWith("clusterwright");
}
