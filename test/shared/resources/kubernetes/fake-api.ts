/** A Kubernetes API in memory for tests: objects by path, label selectors, pages, server-side apply of one manager. */
import type {
  KubernetesRequest,
  KubernetesResponse,
  KubernetesTransport,
} from "../../../../shared/ports/kubernetes.ts";
import type { CloudReader, CloudWriter } from "../../../../shared/resources/resource.ts";

export type Stored = Record<string, unknown> & {
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  } & Record<string, unknown>;
};

export class FakeApi implements KubernetesTransport {
  readonly objects = new Map<string, Stored>();
  readonly requests: KubernetesRequest[] = [];
  /** What the server adds to an object that is written. */
  complete: (object: Stored) => Stored = (object) => object;
  /** What happens in the cluster when an object is written. */
  written: (object: Stored) => void = () => {};
  /** Answers before the store is asked. */
  intercept: (request: KubernetesRequest) => KubernetesResponse | undefined = () => undefined;
  #version = 0;

  get cloud(): CloudReader & CloudWriter {
    return { kubernetes: this } as unknown as CloudReader & CloudWriter;
  }
  get writes(): readonly KubernetesRequest[] {
    return this.requests.filter((request) => request.method !== "GET");
  }

  async request(_access: unknown, request: KubernetesRequest): Promise<KubernetesResponse> {
    this.requests.push(request);
    const url = new URL(request.path, "http://api");
    const path = url.pathname;
    const intercepted = this.intercept(request);
    if (intercepted !== undefined) return intercepted;
    if (path === "/version") return { status: 200, body: { gitVersion: "v1.36.4" } };
    switch (request.method) {
      case "GET":
        return this.#read(path, url.searchParams);
      case "POST":
        return this.#create(path, request.body as Stored);
      case "PATCH":
        return this.#patch(path, request);
      case "PUT":
        return { status: 200, body: this.#write(path, request.body as Stored) };
      case "DELETE": {
        const there = this.objects.delete(path);
        return there ? { status: 200, body: {} } : status(404, "NotFound");
      }
    }
  }

  /** As somebody else writes it: what has a version gets a new one. */
  put(path: string, object: Stored): void {
    const before = this.objects.get(path)?.metadata["resourceVersion"];
    const isNew = before === undefined || before !== object.metadata["resourceVersion"];
    if (!isNew) this.#version += 1;
    const metadata = isNew ? object.metadata : { ...object.metadata, resourceVersion: `${this.#version}` };
    this.objects.set(path, { ...object, metadata });
  }

  #read(path: string, query: URLSearchParams): KubernetesResponse {
    const object = this.objects.get(path);
    if (object !== undefined) return { status: 200, body: object };
    const collection = path.split("/").at(-1) ?? "";
    const isObject = /\/[a-z]+\/[^/]+$/.test(path) && !KNOWN_COLLECTIONS.has(collection);
    if (isObject) return status(404, "NotFound");
    const items = [...this.objects].filter(
      ([key, value]) => inCollection(key, path) && matches(value, query.get("labelSelector")),
    );
    const start = Number(query.get("continue") ?? 0);
    const end = start + Number(query.get("limit") ?? 500);
    const metadata = end < items.length ? { continue: String(end) } : {};
    return {
      status: 200,
      body: { kind: "List", metadata, items: items.slice(start, end).map(([, value]) => value) },
    };
  }
  #create(path: string, object: Stored): KubernetesResponse {
    const key = `${path}/${object.metadata.name}`;
    if (this.objects.has(key)) return status(409, "AlreadyExists");
    return { status: 201, body: this.#write(key, object) };
  }
  #patch(path: string, request: KubernetesRequest): KubernetesResponse {
    const there = this.objects.get(path);
    if (request.contentType === "application/apply-patch+yaml") {
      const { status: state, metadata }: Partial<Stored> = there ?? {};
      const object = request.body as Stored;
      const merged = {
        ...object,
        metadata: { ...metadata, ...object.metadata },
        ...(state === undefined ? {} : { status: state }),
      };
      return { status: 200, body: this.#write(path, merged) };
    }
    if (there === undefined) return status(404, "NotFound");
    const body = request.body as { metadata?: { resourceVersion?: string } };
    const wanted = body.metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== there.metadata["resourceVersion"]) return status(409, "Conflict");
    return { status: 200, body: this.#write(path, merge(there, body) as Stored) };
  }
  #write(path: string, object: Stored): Stored {
    this.#version += 1;
    const metadata = { uid: path, ...object.metadata, resourceVersion: String(this.#version) };
    const stored = this.complete(structuredClone({ ...object, metadata }));
    this.objects.set(path, stored);
    this.written(stored);
    return stored;
  }
}

const KNOWN_COLLECTIONS = new Set([
  "nodes",
  "pods",
  "services",
  "persistentvolumes",
  "persistentvolumeclaims",
  "storageclasses",
]);
/** `/api/v1/pods` finds `/api/v1/namespaces/x/pods/y`. */
function inCollection(key: string, path: string): boolean {
  const parent = key.slice(0, key.lastIndexOf("/"));
  return parent === path || parent.replace(/\/namespaces\/[^/]+(?=\/)/, "") === path;
}
function matches(object: Stored, selector: string | null): boolean {
  return ((selector ?? "").match(/(?:[^,(]|\([^)]*\))+/g) ?? [])
    .filter((term) => term !== "")
    .every((term) => {
      const [, of = "", among] = /^(\S+) in \((.*)\)$/.exec(term) ?? [];
      if (among !== undefined) return among.split(",").includes(object.metadata.labels?.[of] ?? "");
      const [key = "", value] = term.split("=");
      const label = object.metadata.labels?.[key];
      return value === undefined ? label !== undefined : label === value;
    });
}
function status(code: number, reason: string): KubernetesResponse {
  return { status: code, body: { kind: "Status", status: "Failure", reason, message: reason, code } };
}
/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  const result: Record<string, unknown> = base as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}
