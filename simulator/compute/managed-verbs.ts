/** The verbs of managed instance groups. All of them are done when accepted; the group works on by itself. */

import { isDeepStrictEqual } from "node:util";
import { ApiError, invalid, invalidUse, required } from "./api-error.ts";
import type { JsonObject } from "./call.ts";
import { checkName } from "./formats.ts";
import { asNumber, asObject, asObjects, asText, asTexts, valuesAt, without } from "./json.ts";
import { lastSegment } from "./links.ts";
import { readListParams } from "./lists.ts";
import type { Member } from "./managed-group.ts";
import { outdated, versionsOf } from "./managed-versions.ts";
import type { Started } from "./operations.ts";
import { resolveReferences } from "./references.ts";
import type { ResourceRequest, Verb } from "./world.ts";

/** "You can specify a maximum of 1000 instances with this method per request." (compute.proto) */
const INSTANCES_A_CALL_MAX = 1_000;
const DISRUPTION = ["NONE", "REFRESH", "RESTART", "REPLACE"];

/** The members that a request names by URL. @param skip what is no member is passed over @throws ApiError 400 */
function named({ world, row, body }: ResourceRequest, skip = false): readonly Member[] {
  const links = asTexts(body["instances"]);
  if (links.length > INSTANCES_A_CALL_MAX)
    throw invalid(
      "instances",
      links.length,
      `At most ${INSTANCES_A_CALL_MAX} instances are allowed per request.`,
    );
  const found: Member[] = [];
  for (const [at, link] of links.entries()) {
    const zone = /zones\/([^/]+)\/instances\//.exec(link)?.[1];
    const member = world.groups.member(row, lastSegment(link));
    if (member !== undefined && (zone === undefined || member.scope === `zones/${zone}`)) found.push(member);
    else if (!skip)
      throw invalid(
        `instances[${at}]`,
        link,
        `The instance is not a member of the managed instance group '${row.name}'.`,
      );
  }
  if (links.length === 0) throw required("instances");
  return found;
}

/** Writes the manager's new body and reports the operation. */
export type Accept = (request: ResourceRequest, next: JsonObject) => Started;

const sizeOf = ({ row }: ResourceRequest) => asNumber(row.body["targetSize"]) ?? 0;

function disruptionOf(value: JsonObject[string], fallback: string): number {
  const name = asText(value) ?? fallback;
  const at = DISRUPTION.indexOf(name);
  if (at < 0) throw invalid("minimalAction", name, `Must be one of: ${DISRUPTION.join(", ")}.`);
  return at;
}

/** What a machine takes when it stops and starts; all else needs another one. Source: the API's description of minimalAction */
const BY_RESTART: readonly string[] = ["metadata", "labels", "tags", "machineType", "description"];

function templateOf({ row }: ResourceRequest): string {
  return versionsOf(row.body).at(-1)?.template ?? "";
}
function neededFor(request: ResourceRequest, member: Member): string {
  const { rows } = request.world;
  const properties = (path: string) => without(asObject(rows.at(path)?.body["properties"]), BY_RESTART);
  const same = isDeepStrictEqual(properties(member.template), properties(templateOf(request)));
  return same ? "RESTART" : "REPLACE";
}

function applyUpdates(request: ResourceRequest): void {
  const { world, row, body } = request;
  const members = body["allInstances"] === true ? world.groups.members(row) : named(request);
  const least = disruptionOf(body["minimalAction"], "NONE");
  const most = disruptionOf(body["mostDisruptiveAllowedAction"], "REPLACE");
  const stale = new Set(outdated(versionsOf(row.body), world.groups.members(row)));
  const needed = members.map((member) => ({
    member,
    action: Math.max(least, stale.has(member) ? DISRUPTION.indexOf(neededFor(request, member)) : 0),
  }));
  const tooMuch = needed.find(({ action }) => action > most);
  if (tooMuch !== undefined) {
    throw invalidUse(
      `The update of instance '${tooMuch.member.name}' needs ${DISRUPTION[tooMuch.action] ?? ""}, more than the most disruptive allowed action ${DISRUPTION[most] ?? ""}.`,
    );
  }
  const keepNames = asObject(row.body["updatePolicy"])["replacementMethod"] === "RECREATE";
  for (const { member, action } of needed) {
    if (DISRUPTION[action] === "REPLACE") {
      if (keepNames) world.groups.recreate(row, member);
      else world.groups.substitute(row, member);
    } else if (DISRUPTION[action] === "RESTART") world.groups.restart(row, member, templateOf(request));
  }
}

const listManagedInstances: Verb = ({ row, world, params }) => {
  const { filter } = readListParams({
    ...(params["filter"] === undefined ? {} : { filter: params["filter"] }),
  });
  const items = world.groups.members(row).map((member): JsonObject => {
    const path = `projects/${row.project}/${member.scope}/instances/${member.name}`;
    return {
      instance: world.link(path),
      name: member.name,
      ...(member.row === undefined ? {} : { id: member.row.id, instanceStatus: member.row.body["status"] }),
      currentAction: member.action,
      version: {
        ...(member.versionName === undefined ? {} : { name: member.versionName }),
        instanceTemplate: world.link(member.template),
      },
      lastAttempt:
        member.lastError === undefined
          ? {}
          : { errors: { errors: [{ code: member.lastError.code, message: member.lastError.message }] } },
    };
  });
  const shown = items.filter((item) => filter?.matches((path) => valuesAt(item, path)) ?? true);
  return { answer: shown.length === 0 ? {} : { managedInstances: shown } };
};
const listErrors: Verb = ({ row, world }) => {
  const items = world.groups.errors(row);
  return { answer: items.length === 0 ? {} : { items } };
};

function createInstances(request: ResourceRequest): number {
  const { world, row, body } = request;
  const names = asObjects(body["instances"]).map(({ name }, at) => checkName(name, `instances[${at}].name`));
  if (names.length === 0) throw required("instances");
  if (names.length > INSTANCES_A_CALL_MAX)
    throw invalid(
      "instances",
      names.length,
      `At most ${INSTANCES_A_CALL_MAX} instances are allowed per request.`,
    );
  for (const name of names) {
    if (world.groups.member(row, name) !== undefined)
      throw new ApiError(400, "invalid", `Instance '${name}' already exists in the managed instance group.`);
  }
  for (const name of names) world.groups.add(row, name);
  return names.length;
}

export function groupVerbs(accept: Accept): Readonly<Record<string, Verb>> {
  const keep = (request: ResourceRequest) => accept(request, request.row.body);
  const withSize = (request: ResourceRequest, targetSize: number) =>
    accept(request, { ...request.row.body, targetSize });
  return {
    Resize(request) {
      const size = request.params["size"] ?? "";
      if (!/^\d+$/.test(size)) throw invalid("size", size, "Must be a number of machines.");
      return withSize(request, Number(size));
    },
    CreateInstances: (request) => withSize(request, sizeOf(request) + createInstances(request)),
    DeleteInstances(request) {
      // No other verb has such a field.
      const skip = request.body["skipInstancesOnValidationError"] === true;
      const members = named(request, skip).filter(({ action }) => action !== "DELETING");
      for (const member of members) request.world.groups.delete(request.row, member);
      return withSize(request, sizeOf(request) - members.length);
    },
    AbandonInstances(request) {
      const members = named(request).filter(({ action }) => action !== "DELETING");
      for (const member of members) request.world.groups.abandon(request.row, member);
      return withSize(request, sizeOf(request) - members.length);
    },
    RecreateInstances(request) {
      for (const member of named(request)) request.world.groups.recreate(request.row, member);
      return keep(request);
    },
    ApplyUpdatesToInstances(request) {
      applyUpdates(request);
      return keep(request);
    },
    SetInstanceTemplate(request) {
      const { world, row, body } = request;
      const references = [{ at: "instanceTemplate", to: ["instanceTemplates"] }];
      const { instanceTemplate } = resolveReferences(
        world,
        { references },
        { instanceTemplate: body["instanceTemplate"] },
        row.project,
      );
      if (instanceTemplate === undefined) throw required("instanceTemplate");
      return accept(request, { ...row.body, instanceTemplate, versions: [{ instanceTemplate }] });
    },
    ListManagedInstances: listManagedInstances,
    ListErrors: listErrors,
  };
}
