/** `clusterwright kubeconfig NAME`: a file that kubectl accepts. The private key is made here and goes nowhere else. */
import { chmodSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { renderKubeconfig } from "../../shared/bootstrap/kubeconfig.ts";
import { createRequest } from "../../shared/bootstrap/sign-request.ts";
import { ApiError } from "../api-client.ts";
import { CommandError } from "../command-error.ts";
import { clientFor, unknownCluster } from "../context.ts";
import { color } from "../show/color.ts";
import { span } from "../show/text.ts";

const OWNER_ONLY = 0o600;

const EXAMPLES = `
Examples:
  clusterwright kubeconfig quickstart --file kubeconfig
  kubectl --kubeconfig kubeconfig get nodes
  kubectl --kubeconfig <(clusterwright kubeconfig quickstart) get pods -A`;

export function kubeconfigCommand(): Command {
  return new Command("kubeconfig")
    .description("print a kubeconfig with a certificate that lasts 12 hours")
    .argument("<name>", "the cluster")
    .option("--file <path>", "write it there, readable by you alone, instead of printing it")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, { file }: { file?: string }, command: Command) => {
      const api = clientFor(command);
      const { request, key } = await createRequest(createRealChance());
      const answer = await api.certificate(name, request).catch(async (error: unknown) => {
        throw error instanceof ApiError && error.status === 404 ? await unknownCluster(api, name) : error;
      });
      const { server, tlsServerName, caCertificate, certificate, expires } = answer;
      const access = { server, caCertificate, clientCertificate: certificate, clientKey: key };
      const text = renderKubeconfig(
        tlsServerName === undefined ? access : { ...access, tlsServerName },
        name,
      );
      if (file === undefined) process.stdout.write(text);
      else writeSecret(file, text);
      if (file !== undefined)
        process.stderr.write(
          `${color.green("✓")} ${file}: good for ${span(Date.parse(expires) - Date.now())}\n`,
        );
    });
}

/** @throws CommandError when the file cannot be written */
function writeSecret(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: OWNER_ONLY });
    // The mode above is for a file that is new.
    chmodSync(path, OWNER_ONLY);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? `there is no folder ${dirname(path)}; make it, or write elsewhere` : message;
    throw new CommandError(`cannot write ${path}: ${why}`, { cause: error });
  }
}
