/** `clusterwright kubeconfig NAME`: a file that kubectl accepts. The private key is made here and goes nowhere else. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { createRealChance } from "../../shared/adapters/embedded/real-chance.ts";
import { renderKubeconfig } from "../../shared/bootstrap/kubeconfig.ts";
import { createRequest } from "../../shared/bootstrap/sign-request.ts";
import { clientFor } from "../context.ts";

export function kubeconfigCommand(): Command {
  return new Command("kubeconfig")
    .description("print a kubeconfig with a certificate that lasts 12 hours")
    .argument("<name>")
    .option("--file <path>", "write it there (mode 0600) instead of printing it")
    .action(async (name: string, { file }: { file?: string }, command: Command) => {
      const { request, key } = await createRequest(createRealChance());
      const { server, caCertificate, certificate } = await clientFor(command).certificate(name, request);
      const text = renderKubeconfig(
        { server, caCertificate, clientCertificate: certificate, clientKey: key },
        name,
      );
      if (file === undefined) process.stdout.write(text);
      else writeFileSync(file, text, { mode: 0o600 });
    });
}
