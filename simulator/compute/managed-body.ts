/** The body of a managed group's machine: its template's properties, with what a group adds to the metadata. */
import { remembered } from "../remembered.ts";
import { projectNumber } from "./catalogue-services.ts";
import { INSTANCE_REFERENCES } from "./instance-references.ts";
import { asObject, asObjects, type JsonObject } from "./json.ts";

import type { Member } from "./managed-group.ts";
import { resolveReferences } from "./references.ts";
import type { Row } from "./row.ts";
import { instanceBodyOf } from "./template-body.ts";
import type { World } from "./world.ts";

/** The same for all machines of a group; paths in it name the project by its number. */
const item = remembered((text): JsonObject => {
  const [key = "", path = ""] = text.split(" ");
  const [, project = "", ...rest] = path.split("/");
  return { key, value: ["projects", projectNumber(project), ...rest].join("/") };
});

/** @throws ApiError when the template names something that is gone */
export function managedBody(world: World, manager: Row, member: Member): JsonObject {
  const template = world.rows.at(member.template);
  const properties = asObject(template?.body["properties"]);
  const items = asObjects(asObject(properties["metadata"])["items"]);
  const added = [item(`instance-template ${member.template}`), item(`created-by ${manager.path}`)];
  const place = { project: manager.project, scope: member.scope };
  const body = { ...instanceBodyOf(properties, place), metadata: { items: [...items, ...added] } };
  return resolveReferences(world, { references: INSTANCE_REFERENCES }, body, manager.project);
}
