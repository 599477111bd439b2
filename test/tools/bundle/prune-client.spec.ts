import assert from "node:assert/strict";
import { pruneClient, pruneConfig } from "../../../tools/bundle/prune-client.ts";

/** Of the form that Google's generator and its compiler give a client. */
const CLIENT = `class DisksClient {
    constructor(opts, gaxInstance) {
        this._opts = opts;

        if (opts) {
            this.innerApiCalls = {};
        }
    }
    initialize() {
        this.stub = this._gaxGrpc.createStub(this._protos.lookupService('google.cloud.v1.Disks'), this._opts);
        const disksStubMethods = ['aggregatedList', 'get', 'insert'];
        for (const methodName of disksStubMethods) {
            call(methodName);
        }
        return this.stub;
    }
    static get apiEndpoint() {
        return 'disks.example';
    }
    get universeDomain() {
        return this._universeDomain;
    }
    getProjectId(callback) {
        return this.auth.getProjectId();
    }
    get(request, options, callback) {
        return this.innerApiCalls.get(request, options, callback);
    }
    insert(request, options, callback) {
        return this.innerApiCalls.insert(request, options, callback);
    }
    aggregatedListAsync(request, options) {
        return this.descriptors.page.aggregatedList.asyncIterate(request);
    }
    close() {
        return Promise.resolve();
    }
}
exports.DisksClient = DisksClient;
`;
const DISKS = { "google.cloud.v1.Disks": ["get", "aggregatedList"] };

describe("tools/bundle/prune-client", () => {
  const methodsOf = (source: string) => [...source.matchAll(/^ {4}(\w+)\(/gm)].map(([, name]) => name);

  it("keeps the methods that are called and what the rest of a client stands on", () => {
    const pruned = pruneClient(CLIENT, DISKS, ["get"]);
    assert.deepEqual(methodsOf(pruned), ["constructor", "initialize", "getProjectId", "get", "close"]);
    assert.match(pruned, /static get apiEndpoint\(\) \{\n {8}return 'disks\.example';\n {4}\}/);
    assert.match(pruned, /get universeDomain\(\)/);
    assert.match(pruned, /exports\.DisksClient = DisksClient;\n$/);
  });

  it("has the client make calls for nothing but what is called", () => {
    const pruned = pruneClient(CLIENT, DISKS, []);
    assert.match(pruned, /const disksStubMethods = \["aggregatedList","get"\];/);
  });

  it("leaves code that a JavaScript engine still reads", () => {
    const [first] = pruneClient(CLIENT, DISKS, []).split("exports.");
    assert.doesNotThrow(() => new Function(first ?? ""));
  });

  it("fails the build when a client has another form than the generator's of today", () => {
    const service = /nothing is called of google\.cloud\.v1\.Disks/;
    assert.throws(() => pruneClient(CLIENT, {}, []), service);
    assert.throws(() => pruneClient("class A {}", DISKS, []), /nothing is called of this client/);
    assert.throws(() => pruneClient(CLIENT.replace("StubMethods =", "Calls ="), DISKS, []), /in another way/);
    assert.throws(() => pruneClient(CLIENT, DISKS, ["fetch"]), /the client has no method fetch/);
    assert.throws(
      () => pruneClient(CLIENT.replaceAll(/^ {4}/gm, "  "), DISKS, []),
      /no method constructor, initialize, getProjectId, close/,
    );
  });

  it("keeps timeouts and retries of what is called alone", () => {
    const config = {
      interfaces: {
        "google.cloud.v1.Disks": {
          retry_codes: { idempotent: ["UNAVAILABLE"] },
          methods: { Get: { timeout_millis: 1 }, AggregatedList: { timeout_millis: 2 }, Insert: {} },
        },
        "google.cloud.v1.Images": { methods: { Get: {} } },
      },
    };
    assert.deepEqual(pruneConfig(config, DISKS), {
      interfaces: {
        "google.cloud.v1.Disks": {
          retry_codes: { idempotent: ["UNAVAILABLE"] },
          methods: { Get: { timeout_millis: 1 }, AggregatedList: { timeout_millis: 2 } },
        },
        "google.cloud.v1.Images": { methods: {} },
      },
    });
  });
});
