/** Who may do what with a secret: its IAM policy, and the project's owner. */
import { Refusal } from "../refusal.ts";
import type { StoredSecret } from "./store.ts";

/** Source: https://cloud.google.com/secret-manager/docs/access-control. */
const ROLE_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  "roles/owner": ["*"],
  "roles/editor": ["secrets.create", "secrets.get", "secrets.list", "secrets.update", "secrets.delete"],
  "roles/secretmanager.admin": ["*"],
  "roles/secretmanager.secretAccessor": ["versions.access"],
  "roles/secretmanager.secretVersionAdder": ["versions.add"],
  "roles/secretmanager.secretVersionManager": [
    "versions.add",
    "versions.enable",
    "versions.disable",
    "versions.destroy",
    "versions.get",
    "versions.list",
    "secrets.get",
    "secrets.list",
  ],
  "roles/secretmanager.viewer": [
    "secrets.get",
    "secrets.list",
    "secrets.getIamPolicy",
    "versions.get",
    "versions.list",
  ],
};

/** The roles that a service account holds on a whole project. */
export type ProjectRoles = (project: string, email: string) => readonly string[];

export interface Access {
  /** A service account's email, or nothing for the project's owner, who may do everything. */
  readonly caller: string | undefined;
  readonly projectRoles: ProjectRoles;
}

/** Pure. */
export function mayDo(
  access: Access,
  project: string,
  permission: string,
  secret: StoredSecret | undefined,
): boolean {
  const { caller } = access;
  if (caller === undefined) return true;
  const member = `serviceAccount:${caller}`;
  const onSecret = (secret?.bindings ?? [])
    .filter((binding) => binding.members.some((m) => m === member || m === "allAuthenticatedUsers"))
    .map((binding) => binding.role);
  return [...onSecret, ...access.projectRoles(project, caller)].some((role) => {
    const permissions = ROLE_PERMISSIONS[role] ?? [];
    return permissions.includes("*") || permissions.includes(permission);
  });
}

/** @throws Refusal 403, in the words of the real API, which does not tell whether the secret exists */
export function demand(
  access: Access,
  project: string,
  permission: string,
  resource: string,
  secret: StoredSecret | undefined,
): void {
  if (mayDo(access, project, permission, secret)) return;
  throw new Refusal(
    403,
    `Permission 'secretmanager.${permission}' denied for resource '${resource}' (or it may not exist).`,
  );
}
