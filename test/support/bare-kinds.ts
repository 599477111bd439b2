/** Managed kinds that only say what they plan, and a cluster around them: for tests of the engine's pure parts. */
import { type AnyKind, erase } from "../../shared/engine/kind.ts";
import type {
  Action,
  Cluster,
  Facts,
  ManagedKind,
  Named,
  Plan,
  Waiting,
} from "../../shared/resources/resource.ts";
import { quickstartSpec } from "./specs.ts";

export const NOTHING: Plan<Action> = { actions: [], waiting: [], problems: [] };

export interface Bare {
  readonly after?: readonly string[];
  readonly condition?: AnyKind["condition"];
  readonly plan?: Partial<Plan<Action>>;
  readonly desire?: readonly Named[] | Waiting;
  readonly learn?: (observed: readonly Named[], cluster: Cluster) => Partial<Facts>;
  readonly observe?: () => Promise<readonly Named[]>;
}

export function bareKind(
  kind: string,
  { after = [], condition, plan, desire, learn, observe }: Bare = {},
): AnyKind {
  const managed: ManagedKind<Named, Named, Action> = {
    kind,
    after,
    ...(condition === undefined ? {} : { condition }),
    desire: () => desire ?? [],
    observe: observe ?? (async () => []),
    ...(learn === undefined ? {} : { learn }),
    plan: () => ({ ...NOTHING, ...plan }),
    perform: async () => "done",
  };
  return erase(managed);
}

export function action(key: string, verb = "insert"): Action {
  return { key, verb, reason: `${verb} ${key}` };
}

export function bareCluster(changes: Partial<Cluster> = {}): Cluster {
  return {
    id: "quickstart",
    uid: "abc123",
    spec: quickstartSpec(),
    pins: { kubernetesVersion: "1.36.4", images: {} },
    facts: {},
    deleting: false,
    joinUrl: "https://join.example",
    ...changes,
  };
}
