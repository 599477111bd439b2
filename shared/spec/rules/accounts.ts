/** Machines run as accounts of the cluster's own project. */
import { type FieldError, fieldError, type Path } from "../field-error.ts";
import type { RuleInput } from "./rule.ts";

export function checkAccounts({ parsed }: RuleInput): FieldError[] {
  return [
    ...checkAccount(["controlPlane", "serviceAccount"], parsed.controlPlane.serviceAccount, parsed.project),
    ...parsed.nodePools.flatMap((pool, index) =>
      checkAccount(["nodePools", index, "serviceAccount"], pool.serviceAccount, parsed.project),
    ),
  ];
}

function checkAccount(path: Path, email: string | undefined, project: string): FieldError[] {
  if (email === undefined) return [];
  const [account, domain] = email.split("@");
  const owner = domain?.replace(".iam.gserviceaccount.com", "");
  if (owner === project) return [];
  return [
    fieldError(
      path,
      email,
      `is an account of another project (${owner})`,
      `use ${account}@${project}.iam.gserviceaccount.com, or another account of ${project}`,
    ),
  ];
}
