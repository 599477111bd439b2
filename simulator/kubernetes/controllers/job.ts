/** Jobs: pods until enough of them have succeeded, or too many have failed. */
import { deleteObject } from "../api/deletion.ts";
import { nowText } from "../api/state.ts";
import { type Condition, controllerOf, type Pod, type Workload, withCondition } from "../objects/object.ts";
import { isReady } from "../workloads/pod-ready.ts";
import type { Control } from "./control.ts";
import { newPodName, ownedPods, podFrom } from "./pods.ts";

export const JOBS = "jobs.batch";
// kube-controller-manager's backoff between failed pods starts at 10 s and doubles up to 6 min.
const BACKOFF_FIRST_MS = 10_000;
const BACKOFF_MAX_MS = 6 * 60_000;

const BACKOFF = { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
const DEADLINE = { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };

function isOver(job: Workload): boolean {
  const conditions = (job.status?.["conditions"] as Condition[] | undefined) ?? [];
  return conditions.some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}

export function startJobs(control: Control): void {
  const { state, queue, record } = control;
  const { store } = state;

  function leftMs(job: Workload): number {
    const seconds = job.spec["activeDeadlineSeconds"];
    const startTime = job.status?.["startTime"];
    if (seconds === undefined || startTime === undefined) return Number.POSITIVE_INFINITY;
    return Date.parse(String(startTime)) + Number(seconds) * 1_000 - state.clock.nowMs();
  }
  const isLate = (job: Workload) => leftMs(job) <= 0;

  function sync(namespace: string, name: string) {
    const job = store.get<Workload>(JOBS, namespace, name);
    if (job === undefined || job.metadata.deletionTimestamp !== undefined || isOver(job)) return;
    const pods = ownedPods(state, job);
    const succeeded = pods.filter((pod) => pod.status.phase === "Succeeded").length;
    const failed = pods.filter((pod) => pod.status.phase === "Failed").length;
    const active = pods.filter(
      (pod) =>
        !["Succeeded", "Failed"].includes(pod.status.phase ?? "") &&
        pod.metadata.deletionTimestamp === undefined,
    );
    const completions = Number(job.spec["completions"] ?? 1);
    const failedFor = isLate(job)
      ? DEADLINE
      : failed > Number(job.spec["backoffLimit"] ?? 6)
        ? BACKOFF
        : undefined;
    const over = succeeded >= completions ? "Complete" : failedFor === undefined ? undefined : "Failed";
    const suspended = job.spec["suspend"] === true;
    if (over === undefined && !suspended)
      start(
        job,
        Math.min(Number(job.spec["parallelism"] ?? 1), completions - succeeded) - active.length,
        failed,
      );
    if (over === "Failed" || suspended) for (const pod of active) deleteObject(state, "pods", pod);
    save(job, {
      succeeded,
      failed,
      active: ownedPods(state, job).filter((pod) => ["Pending", "Running"].includes(pod.status.phase ?? "")),
      over,
      why: failedFor,
    });
  }
  function start(job: Workload, missing: number, failed: number) {
    if (missing <= 0) return;
    const { namespace = "", name } = job.metadata;
    const waitMs = failed === 0 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failed - 1));
    const add = () => {
      const current = store.get<Workload>(JOBS, namespace, name);
      if (current === undefined || current.metadata.uid !== job.metadata.uid || isOver(current)) return;
      for (let count = 0; count < missing; count += 1) {
        const made = store.put(
          "pods",
          podFrom(state, job, job.spec.template, newPodName(state, namespace, name)),
        );
        record({
          about: job,
          reason: "SuccessfulCreate",
          message: `Created pod: ${made.metadata.name}`,
          component: "job-controller",
        });
      }
    };
    if (waitMs === 0) add();
    else queue.add(`job-start/${job.metadata.uid}`, add, waitMs);
  }
  function save(
    job: Workload,
    now: {
      succeeded: number;
      failed: number;
      active: readonly Pod[];
      over: string | undefined;
      why: typeof BACKOFF | undefined;
    },
  ) {
    const at = nowText(state);
    const before = (job.status ?? {}) as { conditions?: Condition[]; startTime?: string };
    let conditions = before.conditions;
    if (now.over === "Complete") {
      conditions = withCondition(
        conditions,
        {
          type: "SuccessCriteriaMet",
          status: "True",
          reason: "CompletionsReached",
          message: "Reached expected number of succeeded pods",
        },
        at,
      );
      conditions = withCondition(
        conditions,
        {
          type: "Complete",
          status: "True",
          reason: "CompletionsReached",
          message: "Reached expected number of succeeded pods",
        },
        at,
      );
      record({ about: job, reason: "Completed", message: "Job completed", component: "job-controller" });
    } else if (now.over === "Failed" && now.why !== undefined) {
      conditions = withCondition(conditions, { type: "Failed", status: "True", ...now.why }, at);
      record({ about: job, type: "Warning", ...now.why, component: "job-controller" });
    }
    const status = {
      startTime: before.startTime ?? at,
      ...(conditions === undefined ? {} : { conditions }),
      ...(now.over === "Complete" ? { completionTime: at } : {}),
      ...(now.active.length > 0 && now.over === undefined ? { active: now.active.length } : {}),
      ...(now.succeeded > 0 ? { succeeded: now.succeeded } : {}),
      ...(now.failed > 0 ? { failed: now.failed } : {}),
      ready: now.active.filter(isReady).length,
      terminating: 0,
      uncountedTerminatedPods: {},
    };
    if (JSON.stringify(status) !== JSON.stringify(job.status)) store.put(JOBS, { ...job, status });
    const deadlineMs = leftMs({ ...job, status });
    if (now.over === undefined && Number.isFinite(deadlineMs))
      queue.add(
        `job-deadline/${job.metadata.uid}`,
        () => sync(job.metadata.namespace ?? "", job.metadata.name),
        Math.max(0, deadlineMs),
      );
    const ttl = job.spec["ttlSecondsAfterFinished"];
    if (now.over !== undefined && ttl !== undefined)
      queue.add(`job-ttl/${job.metadata.uid}`, () => expire(job), Number(ttl) * 1_000);
  }
  function expire(job: Workload) {
    const current = store.get(JOBS, job.metadata.namespace, job.metadata.name);
    if (current?.metadata.uid === job.metadata.uid) deleteObject(state, JOBS, current);
  }
  const soon = (namespace: string, name: string) =>
    queue.add(`job/${namespace}/${name}`, () => sync(namespace, name));
  store.subscribe(JOBS, ({ type, object, before }) => {
    if (type !== "DELETED" && object.spec !== before?.spec)
      soon(object.metadata.namespace ?? "", object.metadata.name);
  });
  store.subscribe("pods", ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "Job") soon(object.metadata.namespace ?? "", owner.name);
  });
}
