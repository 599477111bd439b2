/** `etcdctl member list | remove` in a Job, as a control plane without a shell on its machines would run it. */
import type { Control } from "../controllers/control.ts";
import type { Outcome } from "./outcome.ts";

export function etcdMemberCommand({ state }: Control, words: readonly string[]): Outcome {
  const at = words.indexOf("member");
  const [verb, id = ""] = words.slice(at + 1);
  if (verb === "list") {
    const lines = state.etcd
      .members()
      .map(({ id: member, name, peerUrl, learner, running }) =>
        [
          member,
          running ? "started" : "unstarted",
          name,
          peerUrl,
          peerUrl.replace("2380", "2379"),
          String(learner),
        ].join(", "),
      );
    return { exitCode: 0, log: lines.join("\n") };
  }
  if (verb !== "remove")
    return { exitCode: 1, log: `etcdctl member ${verb} is not modelled by the simulated cluster` };
  const result = state.etcd.removeMember(id);
  if (!result.ok) return { exitCode: 1, log: `Error: ${result.why}` };
  return { exitCode: 0, log: `Member ${result.member.id} removed from cluster` };
}
