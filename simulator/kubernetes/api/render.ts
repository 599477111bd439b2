/** Objects as the client accepts them: whole, as a Table for people, or metadata only. */
import type { KubeObject } from "../objects/object.ts";
import { groupVersion } from "../objects/resources.ts";
import { tableOf } from "../tables/table.ts";
import type { ResourceRequest } from "./request.ts";

type Form = "whole" | "table" | "metadata";

/** The first form in Accept that can be given. */
export function formOf(accept: string): Form {
  for (const range of accept.split(",")) {
    const as = /;\s*as=(\w+)/.exec(range)?.[1];
    if (as === "Table") return "table";
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
    if (as === undefined && /json|\*\/\*/.test(range)) return "whole";
  }
  return "whole";
}

function metadataOnly(object: KubeObject) {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

function table(
  request: ResourceRequest,
  objects: readonly KubeObject[],
  metadata: object,
  nowMs: number,
  columns: boolean,
) {
  const { columnDefinitions, rows } = tableOf(request.definition, objects, nowMs);
  const include = request.query.get("includeObject") ?? "Metadata";
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns ? columnDefinitions : [],
    rows: rows.map((cells, index) => {
      const object = objects[index];
      if (object === undefined || include === "None") return { cells };
      return { cells, object: include === "Object" ? object : metadataOnly(object) };
    }),
  };
}

export function objectAs(request: ResourceRequest, object: KubeObject, nowMs: number): unknown {
  const form = formOf(request.accept);
  if (form === "whole") return object;
  if (form === "metadata") return metadataOnly(object);
  return table(request, [object], { resourceVersion: object.metadata.resourceVersion }, nowMs, true);
}

export function listAs(
  request: ResourceRequest,
  items: readonly KubeObject[],
  metadata: object,
  nowMs: number,
) {
  const form = formOf(request.accept);
  if (form === "table") return table(request, items, metadata, nowMs, true);
  if (form === "metadata")
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items: items.map(metadataOnly),
    };
  const { definition } = request;
  return { kind: `${definition.kind}List`, apiVersion: groupVersion(definition), metadata, items };
}

/** A watch event; only the first Table of a watch carries column definitions. */
export function eventAs(
  request: ResourceRequest,
  type: string,
  object: KubeObject,
  nowMs: number,
  first: boolean,
) {
  const form = formOf(request.accept);
  if (form === "whole") return { type, object };
  if (form === "metadata") return { type, object: metadataOnly(object) };
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return { type, object: table(request, [object], metadata, nowMs, first) };
}
