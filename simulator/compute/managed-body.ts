/** The body of a managed group's machine: its template's properties, with what a group adds to the metadata. */
import { projectNumber } from "./catalogue-services.ts";
import { INSTANCE_REFERENCES } from "./instance-references.ts";
import { asObject, asObjects, type JsonObject } from "./json.ts";

import type { Member } from "./managed-group.ts";
import { resolveReferences } from "./references.ts";
import type { Row } from "./row.ts";
import { instanceBodyOf } from "./template-body.ts";
import type { World } from "./world.ts";

/** @throws ApiError when the template names something that is gone */
export function managedBody(world: World, manager: Row, member: Member): JsonObject {
  const template = world.rows.at(member.template);
  const properties = asObject(template?.body["properties"]);
  const items = asObjects(asObject(properties["metadata"])["items"]);
  const byNumber = (path: string) =>
    path.replace(/^projects\/[^/]+/, `projects/${projectNumber(manager.project)}`);
  const added = [
    { key: "instance-template", value: byNumber(member.template) },
    { key: "created-by", value: byNumber(manager.path) },
  ];
  const place = { project: manager.project, scope: member.scope };
  const body = { ...instanceBodyOf(properties, place), metadata: { items: [...items, ...added] } };
  return resolveReferences(world, { references: INSTANCE_REFERENCES }, body, manager.project);
}
