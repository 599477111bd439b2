/** Instance templates: immutable properties of machines to come. */
import { invalid, required } from "../api-error.ts";
import { checkProperties, completeScheduling } from "../instance-body.ts";
import { INSTANCE_REFERENCES } from "../instance-references.ts";
import { asObject, asObjects, asText, type JsonObject } from "../json.ts";
import { withPackedMetadata } from "../packed-metadata.ts";
import type { Kind, World } from "../world.ts";

/** Templates name machine, disk and accelerator types bare: they belong to no zone. */
const BARE = ["machineTypes", "diskTypes", "acceleratorTypes"];

function checkBare(name: string | undefined, known: boolean, field: string): void {
  if (name === undefined) return;
  if (name.includes("/")) throw invalid(field, name, "A template takes the bare name, not a URL.");
  if (!known) throw invalid(field, name, "It does not exist.");
}

function checkTypes(properties: JsonObject, { catalogue }: World): void {
  const machine = asText(properties["machineType"]);
  checkBare(machine, catalogue.machineType(machine ?? "") !== undefined, "resource.properties.machineType");
  for (const [at, disk] of asObjects(properties["disks"]).entries()) {
    const type = asText(asObject(disk["initializeParams"])["diskType"]);
    checkBare(
      type,
      catalogue.diskType(type ?? "") !== undefined,
      `resource.properties.disks[${at}].initializeParams.diskType`,
    );
  }
  for (const accelerator of asObjects(properties["guestAccelerators"])) {
    const type = asText(accelerator["acceleratorType"]);
    const known = catalogue.acceleratorTypes.some(({ name }) => name === type);
    checkBare(type, known, "resource.properties.guestAccelerators[].acceleratorType");
  }
}

export const instanceTemplates: Kind = {
  collection: "instanceTemplates",
  noun: "instanceTemplate",
  scopes: ["global", "regions"],
  methods: ["Get", "List", "AggregatedList", "Insert", "Delete"],
  references: INSTANCE_REFERENCES.filter(({ to }) => !to.some((collection) => BARE.includes(collection))).map(
    (reference) => ({
      ...reference,
      at: `properties.${reference.at}`,
      ...(reference.to.includes("images") ? { keepFamily: true as const } : {}),
    }),
  ),
  outputOnly: ["sourceInstanceParams"],
  usage: () => [{ metric: "INSTANCE_TEMPLATES", region: "global", amount: 1 }],
  prepare(body, { world }) {
    const properties = asObject(body["properties"]);
    if (body["properties"] === undefined) throw required("resource.properties");
    checkProperties(properties, "resource.properties");
    checkTypes(properties, world);
    const accelerators = asObjects(properties["guestAccelerators"]).length > 0;
    const scheduling = completeScheduling(asObject(properties["scheduling"]), accelerators);
    const interfaces = asObjects(properties["networkInterfaces"]).map((nic, at) => {
      const subnetwork = world.rows.at(asText(nic["subnetwork"]) ?? "");
      if (subnetwork === undefined)
        throw invalid(
          `resource.properties.networkInterfaces[${at}].subnetwork`,
          "",
          "A subnetwork must be specified: the network is in custom subnet mode.",
        );
      const network = subnetwork.body["network"];
      if (nic["network"] !== undefined && nic["network"] !== network) {
        throw invalid(
          `resource.properties.networkInterfaces[${at}].subnetwork`,
          subnetwork.name,
          "It is not in the specified network.",
        );
      }
      return { ...nic, network, name: `nic${at}` };
    });
    return {
      ...body,
      properties: {
        canIpForward: false,
        ...withPackedMetadata(properties),
        scheduling,
        networkInterfaces: interfaces,
      },
    };
  },
};
