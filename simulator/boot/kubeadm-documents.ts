/** Finds kubeadm's documents among a machine's files, by what they say they are, and reads them strictly. */
import { parse } from "yaml";
import { z } from "zod";
import { stepFailure } from "./boot-plan.ts";
import { KUBEADM_KINDS, type KubeadmKind } from "./kubeadm-schema.ts";

export type KubeadmDocuments = {
  readonly [Kind in KubeadmKind]?: z.infer<(typeof KUBEADM_KINDS)[Kind]>;
};
const Header = z.object({
  apiVersion: z.string(),
  kind: z.enum(Object.keys(KUBEADM_KINDS) as KubeadmKind[]),
});
const KUBEADM_DIRECTORY = "/etc/clusterwright/kubeadm/";

/** @throws BootFailure */
export function readKubeadmDocuments(
  files: ReadonlyMap<string, string>,
  step: "kubeadm-init" | "kubeadm-join",
): KubeadmDocuments {
  const documents: Record<string, unknown> = {};
  for (const [path, content] of files) {
    if (!path.startsWith(KUBEADM_DIRECTORY)) continue;
    const document = load(path, content, step);
    const header = Header.safeParse(document);
    if (!header.success)
      throw stepFailure(
        "kubeadm-document",
        step,
        `${path}: no kubeadm document (apiVersion and kind are unknown)`,
      );
    const { kind } = header.data;
    const parsed = KUBEADM_KINDS[kind].safeParse(document);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw stepFailure(
        "kubeadm-document",
        step,
        `${path}: error unmarshaling configuration ${kind}: strict decoding error: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
      );
    }
    documents[kind] = parsed.data;
  }
  return documents as KubeadmDocuments;
}

function load(path: string, content: string, step: string): unknown {
  try {
    // JSON is YAML too, and far faster to read as what it is.
    return content.startsWith("{") ? JSON.parse(content) : parse(content, { maxAliasCount: 0 });
  } catch {
    throw stepFailure("kubeadm-document", step, `${path}: invalid JSON or YAML`);
  }
}
