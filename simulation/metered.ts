/** Paces mutations as the deployed adapter does, where the in-process port stands in for it. */
import { createCallMeter } from "../shared/adapters/google/call-meter.ts";
import type { Clock } from "../shared/ports/clock.ts";
import { type Compute, type ComputeRef, computePath } from "../shared/ports/compute.ts";

export function meterMutations(compute: Compute, clock: Clock): Compute {
  const meter = createCallMeter(clock);
  const metered = <T>(ref: ComputeRef, method: string, run: () => Promise<T>) => {
    const { project, kind, scope } = ref;
    const location = regionOf(scope);
    return meter.measure({ project, location, service: kind, method, target: computePath(ref) }, run);
  };
  return {
    ...compute,
    insert: (ref, ...rest) => metered(ref, "insert", () => compute.insert(ref, ...rest)),
    patch: (ref, ...rest) => metered(ref, "patch", () => compute.patch(ref, ...rest)),
    delete: (ref, ...rest) => metered(ref, "delete", () => compute.delete(ref, ...rest)),
    call: (verb, ref, ...rest) => metered(ref, verb, () => compute.call(verb, ref, ...rest)),
  };
}

function regionOf(scope: string): string {
  const [type, place = ""] = scope.split("/");
  if (type === "global") return "global";
  return type === "zones" ? place.slice(0, place.lastIndexOf("-")) : place;
}
