/** From a systemd unit to the script that it runs. */
import { BootFailure } from "./boot-plan.ts";

const EXEC = /^ExecStart=(?:\/usr)?\/bin\/(?:bash|sh) (\/\S+)\s*$/m;

/** @throws BootFailure when the unit, or the script that it names, did not arrive */
export function scriptOfUnit(
  files: ReadonlyMap<string, string>,
  unit: string | undefined,
  name: string,
): string {
  if (unit === undefined)
    throw new BootFailure("missing-file", `systemd[1]: Failed to start ${name}: Unit not found.`);
  const path = EXEC.exec(unit)?.[1];
  if (path === undefined)
    throw new BootFailure(
      "never-runs",
      `systemd[1]: ${name}: Service has no ExecStart= that runs a script. Refusing.`,
    );
  const script = files.get(path);
  if (script === undefined)
    throw new BootFailure(
      "missing-file",
      `systemd[1]: ${name}: /bin/bash: ${path}: No such file or directory`,
    );
  return script;
}
