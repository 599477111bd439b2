/** CustomResourceDefinitions: what they define is served as they say, and goes with them. */
import { nowText } from "../api/state.ts";
import type { Condition, KubeObject } from "../objects/object.ts";
import type { ResourceDefinition } from "../objects/resources.ts";
import type { Control } from "./control.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

interface CustomSpec {
  group: string;
  scope: string;
  names: { plural: string; singular?: string; kind: string; shortNames?: string[]; categories?: string[] };
  versions: { name: string; served: boolean; storage: boolean; subresources?: { status?: object } }[];
}

export function definitionsOf(definition: KubeObject): readonly ResourceDefinition[] {
  const { group, scope, names, versions } = definition.spec as unknown as CustomSpec;
  return versions
    .filter(({ served }) => served)
    .map(({ name, subresources }) => ({
      group,
      version: name,
      resource: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      kind: names.kind,
      namespaced: scope === "Namespaced",
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      verbs: VERBS,
      subresources: subresources?.status === undefined ? [] : ["status"],
      custom: true,
    }));
}

export function startCustomResources({ state }: Control): void {
  const { store, registry } = state;
  store.subscribe(DEFINITIONS, ({ type, object, before }) => {
    const key = object.metadata.name;
    if (type === "DELETED") {
      for (const instance of store.list(key)) store.remove(key, instance);
      return registry.remove(key);
    }
    if (before?.spec === object.spec) return;
    registry.add(definitionsOf(object));
    const spec = object.spec as unknown as CustomSpec;
    const lastTransitionTime = nowText(state);
    const conditions: Condition[] = [
      {
        type: "NamesAccepted",
        status: "True",
        reason: "NoConflicts",
        message: "no conflicts found",
        lastTransitionTime,
      },
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
        lastTransitionTime,
      },
    ];
    const storedVersions = spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
    store.put(DEFINITIONS, { ...object, status: { acceptedNames: spec.names, conditions, storedVersions } });
  });
}
