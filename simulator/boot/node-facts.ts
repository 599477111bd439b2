/** node.json as the boot script reads it. */
import { z } from "zod";
import { stepFailure } from "./boot-plan.ts";

const NODE_FILE = "/etc/clusterwright/node.json";
const Text = z.string().min(1);

const NodeFacts = z.object({
  clusterId: Text,
  uid: z.string().regex(/^[a-z0-9]{6}$/),
  project: Text,
  region: Text,
  role: z.enum(["control-plane-init", "control-plane-join", "worker"]),
  pool: Text.optional(),
  member: z.int().min(0).optional(),
  kubernetesVersion: z.string().regex(/^\d+\.\d+\.\d+$/),
  plugin: z.enum(["cilium", "calico", "alias-ip"]),
  network: z.object({ pods: Text, services: Text }),
  api: z.object({ internalAddress: z.string() }),
  apiServerEndpoint: z.string(),
  caHash: z.string(),
  joinUrl: z.string(),
  pkiSecret: z.string().optional(),
  etcdDeviceName: z.string().optional(),
  binDirectory: z.string().startsWith("/"),
  nodeLabels: z.record(z.string(), z.string()),
  taints: z.array(
    z.object({
      key: z.string(),
      value: z.string().optional(),
      effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    }),
  ),
  packages: z.object({
    kubernetesKey: z.string().optional(),
    containerdKey: z.string().optional(),
    downloads: z
      .array(z.object({ url: z.string(), sha256Url: z.string(), target: z.string().startsWith("/") }))
      .optional(),
  }),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** @throws BootFailure */
export function readNodeFacts(files: ReadonlyMap<string, string>): NodeFacts {
  const text = files.get(NODE_FILE);
  if (text === undefined)
    throw stepFailure("missing-file", "start", `${NODE_FILE}: No such file or directory`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw stepFailure("node-facts", "start", `jq: parse error in ${NODE_FILE}`);
  }
  const parsed = NodeFacts.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw stepFailure(
    "node-facts",
    "start",
    `${NODE_FILE}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
  );
}
