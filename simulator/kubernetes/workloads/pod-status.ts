/** The statuses a kubelet reports for a pod, as pure functions of the pod and the time. */
import { remembered } from "../../remembered.ts";
import { derived } from "../objects/common.ts";
import {
  type Condition,
  type Container,
  type ContainerStatus,
  type Dict,
  type Pod,
  withCondition,
} from "../objects/object.ts";
import { sealed } from "../objects/sealed.ts";

export interface PodPlace {
  readonly hostIp: string;
  readonly podIp: string;
}

const imageId = remembered((image) => {
  // Not a digest of anything: no image is pulled. It only has to be stable and tell images apart.
  const hex = [...image]
    .reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) >>> 0, 7)
    .toString(16);
  return `${image.split(":")[0]}@sha256:${hex.padStart(8, "0").repeat(8)}`;
});
/** All pods of a node that use its network share its address. */
const addresses = remembered((ip) => sealed([{ ip }]));
const NEVER: Readonly<Record<string, Dict>> = sealed({});
const CREATING = sealed({ waiting: { reason: "ContainerCreating" } });
/** Containers that started in the same second share it. */
const runningSince = remembered((startedAt) => sealed({ running: { startedAt } }));
function containers(pod: Pod, state: (index: number) => Partial<ContainerStatus>): ContainerStatus[] {
  return pod.spec.containers.map((container, index) => {
    const before = pod.status.containerStatuses?.[index];
    return {
      name: container.name,
      state: NEVER,
      lastState: before?.["lastState"] ?? NEVER,
      ready: false,
      restartCount: before?.restartCount ?? 0,
      image: container.image,
      imageID: "",
      ...state(index),
    };
  });
}

type Conditions = readonly (readonly [
  type: string,
  status: Condition["status"],
  reason?: string,
  message?: string,
])[];
function conditions(pod: Pod, now: string, wanted: Conditions): Condition[] {
  return wanted.reduce<Condition[]>(
    (all, [type, status, reason, message]) =>
      withCondition(
        all,
        {
          type,
          status,
          lastProbeTime: null,
          ...(reason === undefined ? {} : { reason, message: message ?? "" }),
        },
        now,
      ),
    [...(pod.status.conditions ?? [])],
  );
}

const unreadyNames = derived((containers: readonly Container[]): string => {
  const names = containers.map(({ name }) => name).join(" ");
  return `containers with unready status: [${names}]`;
});
function unready(pod: Pod): readonly [string, string] {
  return ["ContainersNotReady", unreadyNames(pod.spec.containers)];
}

export function creating(pod: Pod, hostIp: string, now: string): Pod {
  const why = unready(pod);
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: "Pending",
      hostIP: hostIp,
      startTime: pod.status.startTime ?? now,
      conditions: conditions(pod, now, [
        ["PodReadyToStartContainers", "False"],
        ["Initialized", "True"],
        ["Ready", "False", ...why],
        ["ContainersReady", "False", ...why],
      ]),
      containerStatuses: containers(pod, () => ({
        state: CREATING,
        started: false,
      })),
    },
  };
}

/** Running; `ready` once its readiness probe would have passed. */
export function running(pod: Pod, place: PodPlace, now: string, ready: boolean): Pod {
  const why = unready(pod);
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: "Running",
      hostIP: place.hostIp,
      podIP: place.podIp,
      podIPs: addresses(place.podIp),
      startTime: pod.status.startTime ?? now,
      conditions: conditions(pod, now, [
        ["PodReadyToStartContainers", "True"],
        ["Initialized", "True"],
        ready ? ["Ready", "True"] : ["Ready", "False", ...why],
        ready ? ["ContainersReady", "True"] : ["ContainersReady", "False", ...why],
      ]),
      containerStatuses: containers(pod, (index) => {
        const before = pod.status.containerStatuses?.[index]?.state["running"]?.["startedAt"];
        return {
          state: runningSince(String(before ?? now)),
          ready,
          started: true,
          imageID: imageId(pod.spec.containers[index]?.image ?? ""),
          containerID: `containerd://${pod.metadata.uid.replaceAll("-", "").repeat(2)}`,
        };
      }),
    },
  };
}

/** Every container has exited. */
export function finished(pod: Pod, now: string, exitCode: number, message: string | undefined): Pod {
  const reason = exitCode === 0 ? "Completed" : "Error";
  const podReason = exitCode === 0 ? "PodCompleted" : "PodFailed";
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: exitCode === 0 ? "Succeeded" : "Failed",
      conditions: conditions(pod, now, [
        ["PodReadyToStartContainers", "False"],
        ["Ready", "False", podReason],
        ["ContainersReady", "False", podReason],
      ]),
      containerStatuses: containers(pod, (index) => {
        const startedAt = pod.status.containerStatuses?.[index]?.state["running"]?.["startedAt"] ?? now;
        const ended = {
          exitCode,
          reason,
          startedAt,
          finishedAt: now,
          ...(message === undefined ? {} : { message }),
        };
        return {
          state: { terminated: ended },
          started: false,
          imageID: imageId(pod.spec.containers[index]?.image ?? ""),
        };
      }),
    },
  };
}

/** Its container ends as soon as it starts, and the kubelet waits longer and longer before it tries again. */
export function crashing(pod: Pod, now: string): Pod {
  const why = unready(pod);
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: "Running",
      conditions: conditions(pod, now, [
        ["Ready", "False", ...why],
        ["ContainersReady", "False", ...why],
      ]),
      containerStatuses: containers(pod, (index) => {
        const before = pod.status.containerStatuses?.[index];
        const startedAt = before?.state["running"]?.["startedAt"] ?? now;
        const name = pod.spec.containers[index]?.name;
        const message = `back-off 5m0s restarting failed container=${name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
        return {
          state: { waiting: { reason: CRASH_LOOP, message } },
          lastState: { terminated: { exitCode: 1, reason: "Error", startedAt, finishedAt: now } },
          started: false,
          restartCount: (before?.restartCount ?? 0) + 1,
        };
      }),
    },
  };
}
const CRASH_LOOP = "CrashLoopBackOff";
export function isCrashing(pod: Pod): boolean {
  return (
    pod.status.containerStatuses?.some(({ state }) => state["waiting"]?.["reason"] === CRASH_LOOP) === true
  );
}

/** After its machine came back: the containers of before have ended and start again. */
export function restarted(pod: Pod, now: string): Pod {
  const why = unready(pod);
  return {
    ...pod,
    status: {
      ...pod.status,
      conditions: conditions(pod, now, [
        ["Ready", "False", ...why],
        ["ContainersReady", "False", ...why],
      ]),
      containerStatuses: (pod.status.containerStatuses ?? []).map((each) => ({
        ...each,
        ready: false,
        started: false,
        restartCount: each.restartCount + 1,
        state: CREATING,
        lastState: {
          terminated: {
            exitCode: 255,
            reason: "Unknown",
            startedAt: each.state["running"]?.["startedAt"] ?? now,
            finishedAt: now,
          },
        },
      })),
    },
  };
}

/** A kubelet that is heard again says so of pods whose containers ran on all the while. @returns nothing for the others */
export function regainedContact(pod: Pod, now: string): Pod | undefined {
  const is = (type: string) => pod.status.conditions?.find((each) => each.type === type)?.status;
  if (pod.status.phase !== "Running" || is("Ready") === "True" || is("ContainersReady") !== "True")
    return undefined;
  return { ...pod, status: { ...pod.status, conditions: conditions(pod, now, [["Ready", "True"]]) } };
}

/** What the node lifecycle controller says of pods whose kubelet is silent. */
export function lostContact(pod: Pod, now: string): Pod {
  return { ...pod, status: { ...pod.status, conditions: conditions(pod, now, [["Ready", "False"]]) } };
}
