/** What to try once the first cluster is Ready. Pure; every command can be pasted as it stands. */
import { color } from "./color.ts";

interface Steps {
  readonly title: string;
  readonly commands: readonly string[];
}

/** `uid` is part of the names of what the cluster owns; `file` has its document. */
export function stepsFor(name: string, uid: string, file: string): readonly Steps[] {
  const kubeconfig = "/tmp/kubeconfig";
  return [
    {
      title: "what it consists of, and what was done and why",
      commands: [`npx clusterwright describe ${name}`, `npx clusterwright events ${name}`],
    },
    {
      title: "its Kubernetes API answers like a real one",
      commands: [
        `npx clusterwright kubeconfig ${name} --file ${kubeconfig}`,
        `kubectl --kubeconfig ${kubeconfig} get nodes -o wide`,
        `kubectl --kubeconfig ${kubeconfig} get pods -A`,
      ],
    },
    {
      title: "so does its Google Cloud; a deleted firewall rule is back within seconds",
      commands: [
        'eval "$(npx clusterwright cloud env)"',
        "gcloud compute instances list",
        `gcloud compute firewall-rules delete ${name}-${uid}-ssh --quiet`,
        `npx clusterwright events ${name} --follow`,
      ],
    },
    {
      title: "let a machine hang; it is repaired within a minute",
      commands: [
        `NODE=$(kubectl --kubeconfig ${kubeconfig} get nodes -o name | tail -1)`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours.
        'npx clusterwright simulate hang --node "${NODE#node/}"',
        `npx clusterwright events ${name} --follow`,
      ],
    },
    {
      title: "another cluster, with three control-plane machines over three zones",
      commands: ["npx clusterwright apply examples/ha.yaml --wait"],
    },
    {
      title: `change a pool's size in ${file}, look what it means, do it`,
      commands: [`npx clusterwright apply ${file} --dry-run`, `npx clusterwright apply ${file} --wait`],
    },
    { title: "down to nothing", commands: [`npx clusterwright delete ${name} --wait`] },
  ];
}

export function nextSteps(name: string, uid: string, file: string): string {
  const lines = stepsFor(name, uid, file).flatMap(({ title, commands }) => [
    color.dim(`  # ${title}`),
    ...commands.map((command) => `  ${color.cyan(command)}`),
  ]);
  return `\nIt goes on until you press Ctrl-C. In another terminal, in this folder, try:\n\n${lines.join("\n")}\n\n`;
}
