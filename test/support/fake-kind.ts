/** A managed kind over a Map, for tests of the engine: each mutation is an operation that the test ends. */
import { erase } from "../../shared/engine/kind.ts";
import type { CloudError } from "../../shared/ports/cloud-error.ts";
import type { Operation } from "../../shared/ports/compute-types.ts";
import type { Action, ManagedKind, Named } from "../../shared/resources/resource.ts";

export interface FakeKind {
  readonly kind: ReturnType<typeof erase>;
  readonly there: Map<string, Named>;
  /** `insert name requestId`, in order. */
  readonly calls: string[];
  /** Operations by path. */
  readonly operations: Map<string, Operation>;
  /** The next mutation throws it. */
  failNext: Error | undefined;
  /** The next mutation happens and never answers. */
  muteNext: boolean;
  /** The next look throws it. */
  blindNext: CloudError | undefined;
  /** What is wanted; the test may change it. */
  wanted: readonly string[];
  /** Ends all operations under way, well or with this error code. */
  end(errorCode?: string): void;
}

export function fakeKind(
  name: string,
  after: readonly string[] = [],
  wanted: readonly string[] = [`${name}-1`],
): FakeKind {
  const there = new Map<string, Named>();
  const operations = new Map<string, Operation>();
  const effects = new Map<string, () => void>();
  const byRequest = new Map<string, Operation>();
  const calls: string[] = [];
  const key = (one: string): string => `projects/p/global/${name}/${one}`;
  const managed: ManagedKind<Named, Named, Action> = {
    kind: name,
    after,
    condition: "NetworkReady",
    desire: () => fake.wanted.map((one) => ({ name: one })),
    observe: async () => {
      const blind = fake.blindNext;
      fake.blindNext = undefined;
      if (blind !== undefined) throw blind;
      return [...there.values()];
    },
    plan: ({ desired, observed }) => ({
      actions: [
        ...desired
          .filter((wish) => !observed.some((one) => one.name === wish.name))
          .map((wish) => ({ key: key(wish.name), verb: "insert", reason: `${wish.name} is missing` })),
        ...observed
          .filter((one) => !desired.some((wish) => wish.name === one.name))
          .map((one) => ({ key: key(one.name), verb: "delete", reason: `${one.name} is not wanted` })),
      ],
      waiting: [],
      problems: [],
    }),
    perform: async (_cloud, _cluster, action, requestId) => {
      const thing = action.key.split("/").at(-1) ?? "";
      calls.push(`${action.verb} ${thing} ${requestId}`);
      const failure = fake.failNext;
      fake.failNext = undefined;
      if (failure !== undefined) throw failure;
      const { muteNext } = fake;
      fake.muteNext = false;
      const before = byRequest.get(requestId);
      if (before !== undefined) return { operation: before };
      const operation: Operation = {
        name: `op-${calls.length}`,
        selfLink: `https://x/projects/p/global/operations/${name}-${calls.length}`,
        status: "RUNNING",
      };
      byRequest.set(requestId, operation);
      operations.set(`projects/p/global/operations/${name}-${calls.length}`, operation);
      effects.set(`projects/p/global/operations/${name}-${calls.length}`, () => {
        if (action.verb === "insert") there.set(thing, { name: thing });
        else there.delete(thing);
      });
      return muteNext ? new Promise(() => {}) : { operation };
    },
  };
  const fake: FakeKind = {
    kind: erase(managed),
    there,
    calls,
    operations,
    failNext: undefined,
    muteNext: false,
    blindNext: undefined,
    wanted,
    end: (errorCode) => {
      for (const [path, operation] of operations) {
        if (operation.status === "DONE") continue;
        if (errorCode === undefined) effects.get(path)?.();
        const error =
          errorCode === undefined ? {} : { error: { errors: [{ code: errorCode, message: "because" }] } };
        operations.set(path, { ...operation, status: "DONE", ...error });
      }
    },
  };
  return fake;
}
