/** The memory of one managed group: its members, zones, errors, and names for new machines. */
import type { Chance } from "../../shared/ports/chance.ts";
import type { Catalogue } from "./catalogue.ts";
import { asObject, asObjects, asText } from "./json.ts";
import { lastSegment } from "./links.ts";
import type { Member } from "./managed-group.ts";
import type { Row } from "./row.ts";

/** "appends a hyphen and a random four-character string" (compute.proto, InstanceGroupManager.base_instance_name) */
const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz0123456789";
const SUFFIX_LENGTH = 4;
/** Errors that listErrors shows. Source: observed. */
const ERRORS_MAX = 100;
/** Zones of a regional group that names none. Source: https://cloud.google.com/compute/docs/instance-groups/regional-mig-distribution-shape */
const ZONES_DEFAULT = 3;

export interface MemberError {
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}
export interface Pool {
  readonly members: Map<string, Member>;
  /** `zones/z`, in order. */
  readonly zones: readonly string[];
  readonly errors: { readonly member: Member; readonly error: MemberError }[];
  nudged: boolean;
  closing: boolean;
  note(member: Member, error: MemberError): void;
  newName(chance: Chance): string;
}

/** The zones of a managed group: its own, those of its policy, or the first three of its region. */
export function zonesOf(manager: Row, catalogue: Catalogue): readonly string[] {
  if (manager.scope.startsWith("zones/")) return [manager.scope];
  const listed = asObjects(asObject(manager.body["distributionPolicy"])["zones"]).map(({ zone }) =>
    lastSegment(asText(zone) ?? ""),
  );
  const zones =
    listed.length > 0 ? listed : catalogue.zonesOf(lastSegment(manager.scope)).slice(0, ZONES_DEFAULT);
  return zones.map((zone) => `zones/${zone}`);
}

export function createPool(manager: Row, catalogue: Catalogue): Pool {
  const members = new Map<string, Member>();
  const errors: Pool["errors"] = [];
  return {
    members,
    errors,
    zones: zonesOf(manager, catalogue),
    nudged: false,
    closing: false,
    note(member, error) {
      errors.unshift({ member, error });
      errors.length = Math.min(errors.length, ERRORS_MAX);
    },
    newName(chance) {
      const base = asText(manager.body["baseInstanceName"]) ?? manager.name;
      for (;;) {
        const letters = Array.from({ length: SUFFIX_LENGTH }, () => {
          return SUFFIX_LETTERS[Math.floor(chance.fraction() * SUFFIX_LETTERS.length)] ?? "x";
        });
        const name = `${base}-${letters.join("")}`;
        if (!members.has(name)) return name;
      }
    },
  };
}
