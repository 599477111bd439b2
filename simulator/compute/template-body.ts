/** Turns an instance template's properties into the body of a machine in a zone. */
import { asObject, asObjects, type JsonObject, without } from "./json.ts";

/** A template's properties as an instance's body: bare names become links of the zone. */
export function instanceBodyOf(
  properties: JsonObject,
  { project, scope }: { project: string; scope: string },
): JsonObject {
  const type = (collection: string, name: unknown) =>
    String(name).includes("/") ? String(name) : `projects/${project}/${scope}/${collection}/${String(name)}`;
  const accelerators = asObjects(properties["guestAccelerators"]);
  return {
    ...without(properties, ["description"]),
    machineType: type("machineTypes", properties["machineType"]),
    ...(accelerators.length === 0
      ? {}
      : {
          guestAccelerators: accelerators.map((entry) => ({
            ...entry,
            acceleratorType: type("acceleratorTypes", entry["acceleratorType"]),
          })),
        }),
    disks: asObjects(properties["disks"]).map((disk) => {
      const params = asObject(disk["initializeParams"]);
      if (params["diskType"] === undefined) return disk;
      return { ...disk, initializeParams: { ...params, diskType: type("diskTypes", params["diskType"]) } };
    }),
  };
}
