/** Makes the objects that components install, as if they had been applied. */
import { type ClusterState, newMetadata } from "../api/state.ts";
import { withDefaults } from "../objects/defaults.ts";
import type { KubeObject, PodSpec, PodTemplate } from "../objects/object.ts";
import { resourceKey } from "../objects/resources.ts";

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** Creates it unless it is there; answers what is there. */
export function ensure(
  state: ClusterState,
  apiVersion: string,
  kind: string,
  named: Named,
  fields: object,
): KubeObject {
  const definition = state.registry.ofKind(apiVersion, kind);
  if (definition === undefined)
    throw new Error(
      `no resource of kind ${kind} in ${apiVersion}: install its CustomResourceDefinition first`,
    );
  const key = resourceKey(definition);
  const before = state.store.get(key, named.namespace, named.name);
  if (before !== undefined) return before;
  const { labels, annotations } = named;
  const metadata = {
    ...newMetadata(state, named.name, named.namespace),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...("spec" in fields ? { generation: 1 } : {}),
  };
  return state.store.put(key, withDefaults(key, { apiVersion, kind, metadata, ...fields } as KubeObject));
}

export function template(labels: Record<string, string>, spec: PodSpec): PodTemplate {
  return { metadata: { labels }, spec };
}
