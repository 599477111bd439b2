/** What simulated containers do that matters outside of them: jobs finish, and installers install. */
import type { Control } from "../controllers/control.ts";
import type { Pod } from "../objects/object.ts";
import { runHelm } from "./calico.ts";
import { runCiliumCli } from "./cilium.ts";
import { etcdMemberCommand } from "./etcdctl.ts";
import type { Outcome } from "./outcome.ts";

export interface Behaviour {
  readonly runMs: number;
  finish(control: Control, pod: Pod): Outcome;
}

// A short task: long enough to be seen Running.
const TASK_MS = 5_000;
const INSTALLER_MS = 10_000;

function commandOf(pod: Pod): readonly string[] {
  const [container] = pod.spec.containers;
  return [...(container?.command ?? []), ...(container?.args ?? [])];
}
/** The words of a command, also when a shell gets them as one. */
export function wordsOf(pod: Pod): readonly string[] {
  return commandOf(pod)
    .flatMap((part) => part.split(/\s+/))
    .filter((word) => word !== "");
}
function imageOf(pod: Pod): string {
  return pod.spec.containers[0]?.image ?? "";
}

/** Undefined for what runs until it is stopped. */
export function behaviourOf(pod: Pod): Behaviour | undefined {
  if (pod.spec.restartPolicy === "Always" || pod.spec.restartPolicy === undefined) return undefined;
  const image = imageOf(pod);
  const words = wordsOf(pod);
  if (image.includes("cilium/cilium-cli") && (words.includes("install") || words.includes("upgrade")))
    return { runMs: INSTALLER_MS, finish: (control) => runCiliumCli(control, words) };
  if (words[0] === "helm") return { runMs: INSTALLER_MS, finish: (control) => runHelm(control, words) };
  if (/(^|\/)etcd(:|@)/.test(image) && words.includes("member"))
    return { runMs: TASK_MS, finish: (control) => etcdMemberCommand(control, words) };
  if (words.includes("false") && words.length === 1)
    return { runMs: TASK_MS, finish: () => ({ exitCode: 1 }) };
  return { runMs: TASK_MS, finish: () => ({ exitCode: 0 }) };
}
