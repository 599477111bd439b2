/** Who may read a secret of the simulated cloud. */
import type { SecretStore } from "../../../simulator/secrets/store.ts";

/** Emails of service accounts, sorted. */
export function readersOf(store: SecretStore, project: string, name: string): readonly string[] {
  const bindings = store.find(project, name)?.bindings ?? [];
  return bindings
    .filter(({ role }) => role === "roles/secretmanager.secretAccessor")
    .flatMap(({ members }) => members)
    .map((member) => member.replace(/^serviceAccount:/, ""))
    .sort();
}
