/** Says what a command would do, in sentences, from a fresh look; it writes nothing. */
import { isParked } from "../nodes/commands.ts";
import type { Hold } from "../nodes/hold.ts";
import { poolGroupName } from "../resources/names.ts";
import { commandOrders, repairSentences } from "../resources/node-care/command-orders.ts";
import { cordonIn } from "../resources/node-care/cordon-in.ts";
import { isNamedAfter } from "../resources/node-care/group-machines.ts";
import { holdsOf } from "../resources/node-care/holds.ts";
import type { Cluster, NodeFacts } from "../resources/resource.ts";
import { targetVersion } from "../resources/versions.ts";
import type { ClusterSpec, NodePool } from "../spec/cluster.ts";
import { nextByItself, versionsBetween } from "../spec/kubernetes-versions.ts";
import { type Care, NO_CARE } from "../status/care.ts";
import type { ClusterDocument, ClusterStatus } from "../status/cluster-status.ts";
import type { Command } from "../status/command.ts";
import type { AcceptedCommand } from "../status/inbox.ts";
import { editOf } from "./command-edit.ts";
import type { Engine } from "./engine.ts";
import { explainMember } from "./explain-member.ts";
import { lookUp } from "./look-up.ts";
import { clusterPath, statusPath } from "./paths.ts";
import { type Asking, acceptedOf, pointlessness, type Submitted } from "./submit-command.ts";

type Refusal = Extract<Submitted, { readonly verdict: "refused" }>;

/** @throws CloudError, StoreError */
export async function explainCommand(
  engine: Engine,
  command: Command,
  asking: Asking,
): Promise<{ readonly plan: readonly string[] } | Refusal> {
  const id = command.cluster;
  const document = (await engine.store.get<ClusterDocument>(clusterPath(id)))?.data;
  const status = (await engine.store.get<ClusterStatus>(statusPath(id)))?.data;
  const spec = status?.accepted;
  if (status === undefined || spec === undefined) return refusal("unknown", `there is no cluster ${id}`);
  if (status.deleting) return refusal("conflict", `cluster ${id} is being deleted`);
  const nowMs = engine.clock.nowMs();
  const accepted = acceptedOf(command, asking, "dry-run", nowMs);
  const pointless = pointlessness(accepted, spec, nowMs);
  if (pointless !== undefined) return refusal("conflict", pointless);
  const edit = editOf(id, accepted, document, status, nowMs, engine.sharedNetworkProjects);
  if (edit.verdict === "refused")
    return { verdict: "refused", code: "invalid", message: edit.message, errors: edit.errors };
  const facts = await lookUp(engine, id, spec, status);
  // Without its moment, which is told by itself.
  const { notBeforeMs, ...now } = accepted;
  const care: Care = { ...(status.care ?? NO_CARE), commands: [now] };
  const { uid, pins, deleting } = status;
  const { joinUrl, haste } = engine;
  const hasty = haste === undefined ? {} : { haste };
  const cluster: Cluster = { id, uid, spec, pins, facts, care, deleting, joinUrl, ...hasty };
  const told = tell(cluster, status, now, nowMs);
  if ("code" in told) return told;
  const later = notBeforeMs === undefined ? [] : [`It begins at ${timeOf(notBeforeMs)}, not before.`];
  const end =
    accepted.deadlineMs === undefined
      ? []
      : [`What is not done by ${timeOf(accepted.deadlineMs)} is given up.`];
  return { plan: [...later, ...told.plan, ...end] };
}

function refusal(code: Refusal["code"], message: string): Refusal {
  return { verdict: "refused", code, message };
}
function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function tell(
  cluster: Cluster,
  status: ClusterStatus,
  command: AcceptedCommand,
  nowMs: number,
): { readonly plan: readonly string[] } | Refusal {
  const { news } = commandOrders(cluster, nowMs);
  const failed = news.find((one) => one.news === "failed");
  if (failed !== undefined) return refusal("conflict", failed.message);
  const done = news.find((one) => one.news === "succeeded");
  if (done !== undefined) return { plan: [`Nothing is to be done: ${done.message}.`] };
  const node = cluster.facts.kubernetes?.nodes.find(({ name }) => name === command.node);
  if (node === undefined && command.node !== undefined && cluster.facts.kubernetes === undefined)
    return refusal("conflict", "the cluster's Kubernetes API does not answer; try again once it does");
  const scene = { cluster, status, command, node, nowMs };
  return { plan: explainMember(cluster, command, nowMs) ?? SENTENCES[command.command](scene) };
}

interface Scene {
  readonly cluster: Cluster;
  readonly status: ClusterStatus;
  readonly command: AcceptedCommand;
  readonly node: NodeFacts | undefined;
  readonly nowMs: number;
}
type Sentences = (scene: Scene) => readonly string[];

const taken =
  (what: (scene: Scene) => string): Sentences =>
  (scene) => [what(scene), ...obstacles(scene)];
const DRAINED = "its pods are evicted, disruption budgets honoured";

const SENTENCES: Readonly<Record<AcceptedCommand["command"], Sentences>> = {
  cordon: ({ command }) => [
    `Node ${command.node} is cordoned: it gets no new pods, and keeps those that it has.`,
  ],
  uncordon: ({ command, node }) => {
    const whose = node === undefined || isParked(cordonIn(node)) ? "" : ", which somebody else cordoned,";
    return [`Node ${command.node}${whose} takes pods again.`];
  },
  drain: taken(
    ({ command }) =>
      `Node ${command.node} is cordoned and ${DRAINED}; it stays cordoned until it is uncordoned.`,
  ),
  restart: taken(
    ({ command }) =>
      `Node ${command.node} is cordoned and ${DRAINED}; its machine is reset, and takes pods again once it is Ready.`,
  ),
  repair: (scene) => {
    const { cluster, command, nowMs } = scene;
    const whole = `Machine ${command.node} is replaced by another one, whatever speaks against it; before it goes, ${DRAINED}.`;
    const sentences = command.force === true ? [whole] : repairSentences(cluster, command.node ?? "", nowMs);
    return [...sentences, ...obstacles(scene)];
  },
  "rotate-machine": taken(
    ({ command }) => `Machine ${command.node} is replaced by another one; before it goes, ${DRAINED}.`,
  ),
  resize: ({ cluster, command }) => {
    const pool = poolNamed(cluster.spec, command.pool);
    if (pool?.size === Number(command.value))
      return [`Nothing is to be done: pool ${command.pool} has size ${command.value}.`];
    return [
      `spec.nodePools ${command.pool}: size ${JSON.stringify(pool?.size)} becomes ${command.value}.`,
      ...shrinking(pool, command),
    ];
  },
  upgrade: ({ cluster, command, nowMs }) => {
    const { nodePools, kubernetes } = cluster.spec;
    const holds = nodePools.flatMap(({ name }) => holdsOf(cluster, name, nowMs));
    const urgent =
      command.urgent === true ? ["It is urgent: maintenance windows and exclusions are passed."] : [];
    const stays = stayOf(cluster, command, nowMs);
    if (stays !== undefined) return [...specEdit(kubernetes.version, command.value), stays];
    return [
      ...specEdit(kubernetes.version, command.value),
      ...wayUp(cluster, command, nowMs),
      `The machines of ${nodePools.map(({ name }) => name).join(", ")} are replaced or upgraded, as each pool's upgrade policy says.`,
      ...(command.urgent === true ? urgent : waits(holds)),
    ];
  },
  pause: ({ command }) => [
    `No machine of ${command.pool === undefined ? "the cluster" : `pool ${command.pool}`} is disturbed, whatever the cause, ${command.value === undefined ? "until it is resumed" : `for ${command.value}`}.`,
  ],
  resume: ({ status, command }) => {
    const what = command.pool === undefined ? "The cluster" : `Pool ${command.pool}`;
    const paused = status.care?.pauses.some(({ pool }) => pool === command.pool) ?? false;
    if (paused) return [`${what} is no longer paused.`];
    return [`Nothing is to be done: ${what.replace(/^[TP]/, (first) => first.toLowerCase())} is not paused.`];
  },
  backup: ({ cluster }) => {
    const disks = (cluster.facts.etcdDisks ?? []).filter(({ used }) => used).length;
    const what = disks === 1 ? "etcd's disk" : `each of etcd's ${disks} disks`;
    return [
      `A snapshot of ${what} is taken now, and kept in ${cluster.spec.region} until it is deleted by hand or the cluster is.`,
    ];
  },
  verify: () => [
    "All of the cluster is looked at afresh, and the operation says what is not as declared; that is put right as at any other time.",
  ],
};

function specEdit(before: string, after = ""): readonly string[] {
  return before === after ? [] : [`spec.kubernetes.version ${before} becomes ${after}.`];
}

/** Why nothing goes up: what runs, or is on its way, is what was asked for. */
function stayOf({ pins }: Cluster, { value = "" }: AcceptedCommand, nowMs: number): string | undefined {
  const present = pins.kubernetesVersion;
  if (targetVersion(value, present, nowMs) !== present) return undefined;
  return pins.upgrade === undefined
    ? `Nothing is upgraded: the cluster runs ${present}.`
    : `The upgrade from ${pins.upgrade.from} that is under way ends with ${present}.`;
}

/** Each step, as it will be told of. */
function wayUp({ spec, pins }: Cluster, { value = "" }: AcceptedCommand, nowMs: number): readonly string[] {
  const present = pins.kubernetesVersion;
  const asked = targetVersion(value, present, nowMs);
  const itself = nextByItself(value, present, spec.maintenance.autoUpgrade, nowMs);
  const steps = versionsBetween(present, asked === present ? (itself ?? present) : asked) ?? [];
  if (steps[0] === undefined || steps[0] === present)
    return [`The cluster runs ${present} and stays with it.`];
  const away =
    spec.controlPlane.replicas > 1
      ? "Its control-plane machines are made anew one at a time, and the Kubernetes API answers all the while."
      : "Its only control-plane machine is made anew each time, and the Kubernetes API does not answer until it is back.";
  return [`Kubernetes goes up one minor at a time: ${[present, ...steps].join(" → ")}.`, away];
}

function poolNamed(spec: ClusterSpec, name: string | undefined): NodePool | undefined {
  return spec.nodePools.find((pool) => pool.name === name);
}

function shrinking(pool: NodePool | undefined, { value }: AcceptedCommand): readonly string[] {
  const less = Number(pool?.size) - Number(value);
  return less > 0 ? [`${less} of its machines ${less === 1 ? "is" : "are"} drained and deleted.`] : [];
}

/** What it would wait for now. */
function obstacles({ cluster, command, node, nowMs }: Scene): readonly string[] {
  const pool = cluster.spec.nodePools.find(({ name }) =>
    isNamedAfter(poolGroupName(cluster, name), command.node ?? ""),
  );
  const holds =
    pool === undefined
      ? []
      : holdsOf(cluster, pool.name, nowMs).filter(
          ({ causes }) => causes === "all" || causes.includes("command"),
        );
  const cordon = node === undefined ? undefined : cordonIn(node);
  const foreign =
    cordon?.by === "others"
      ? [`It waits until node ${command.node}, which somebody else cordoned, is uncordoned.`]
      : [];
  return [...foreign, ...waits(holds)];
}

function waits(holds: readonly Hold[]): readonly string[] {
  return [...new Set(holds.map(({ waitsFor }) => `It waits for ${waitsFor}.`))];
}
