/** What to try once the first cluster is Ready. Pure. */
import color from "picocolors";

export function nextSteps(name: string): string {
  const step = (command: string, what: string): string =>
    `  ${color.cyan(command)}  ${color.dim(`# ${what}`)}\n`;
  return [
    `\nThe control plane and its cloud go on until you press Ctrl-C. In another terminal, try:\n\n`,
    step(`npx clusterwright describe ${name}`, "conditions, resources, what happened last"),
    step(`npx clusterwright kubeconfig ${name} --file /tmp/kubeconfig`, "a certificate for twelve hours"),
    step("kubectl --kubeconfig /tmp/kubeconfig get nodes -o wide", "its API answers like a real one"),
    step('eval "$(npx clusterwright cloud env)"', "point gcloud at the simulated cloud"),
    step("gcloud compute instances list", "so do Google's"),
    step("gcloud compute firewall-rules list", "then delete one, and see it come back"),
    step("npx clusterwright apply examples/ha.yaml --wait", "three control-plane machines over three zones"),
    step(`npx clusterwright delete ${name} --wait`, "down to nothing"),
    "\n",
  ].join("");
}
