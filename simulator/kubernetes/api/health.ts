/** /healthz, /livez, /readyz and /version: what load balancers and people ask without credentials. */
import type { ApiAnswer } from "./request.ts";
import type { ClusterState } from "./state.ts";

// The checks that `/readyz?verbose` lists on a real server, in its order; etcd alone can fail here.
const CHECKS = [
  "ping",
  "log",
  "etcd",
  "etcd-readiness",
  "informer-sync",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/bootstrap-controller",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/start-kube-aggregator-informers",
  "poststarthook/apiservice-discovery-controller",
  "shutdown",
];

function checks(state: ClusterState, url: URL, name: string): ApiAnswer {
  const quorum = state.etcd.hasQuorum();
  const excluded = new Set(url.searchParams.getAll("exclude"));
  // etcd-readiness is a check of readyz alone.
  const asked = CHECKS.filter(
    (check) => !excluded.has(check) && (name === "readyz" || check !== "etcd-readiness"),
  );
  const fails = (check: string) => check.startsWith("etcd") && !quorum;
  const failed = asked.some(fails);
  const verbose = failed || url.searchParams.has("verbose");
  const lines = asked.map((check) =>
    fails(check) ? `[-]${check} failed: reason withheld` : `[+]${check} ok`,
  );
  const text = failed
    ? `${lines.join("\n")}\n${name} check failed\n`
    : verbose
      ? `${lines.join("\n")}\n${name} check passed\n`
      : "ok";
  return { status: failed ? 500 : 200, contentType: "text/plain; charset=utf-8", body: text };
}

function version(state: ClusterState): ApiAnswer {
  const [major = "", minor = ""] = state.version.replace(/^v/, "").split(".");
  return {
    status: 200,
    body: {
      major,
      minor,
      gitVersion: state.version,
      gitCommit: "0000000000000000000000000000000000000000",
      gitTreeState: "clean",
      buildDate: "1970-01-01T00:00:00Z",
      goVersion: "go1.25.0",
      compiler: "gc",
      platform: "linux/amd64",
    },
  };
}

export function health(state: ClusterState, url: URL): ApiAnswer {
  const [name = "", check] = url.pathname.split("/").filter((part) => part !== "");
  if (name === "version") return version(state);
  if (check === undefined) return checks(state, url, name);
  const known = CHECKS.includes(url.pathname.slice(name.length + 2));
  const ok = known && !(check.startsWith("etcd") && !state.etcd.hasQuorum());
  return {
    status: ok ? 200 : known ? 500 : 404,
    contentType: "text/plain; charset=utf-8",
    body: ok ? "ok" : `internal server error: ${check} failed\n`,
  };
}
