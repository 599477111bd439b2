/** The part of the boot script that talks to node-join, run by bash with a stand-in for curl and no waiting. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineFiles } from "../../../shared/bootstrap/machine.ts";
import { findCommand, run } from "../../support/command.ts";
import { leaveOut } from "../../support/leave-out.ts";
import { machineInput } from "../../support/machine-inputs.ts";

const SCRIPTS = join(import.meta.dirname, "../../../shared/bootstrap/scripts");
const TOKEN = "abcdef.0123456789abcdef";
const GOOD = JSON.stringify({
  token: TOKEN,
  expires: "2026-08-22T12:15:00Z",
  apiServerEndpoint: "10.10.0.9:6443",
  caCertHashes: ["sha256:ffff"],
});

/** Runs `obtain_join_answer` and `write_join_document` against the answers, one a call. */
function joinAgainst(answers: readonly { readonly status: string; readonly body: string }[], label = "web") {
  const folder = mkdtempSync(join(tmpdir(), "join-script-"));
  try {
    const paths = { NODE: join(folder, "node.json"), KUBEADM: folder, RUN: join(folder, "run") };
    mkdirSync(paths.RUN);
    const input = machineInput("debian-13", "worker", { nodeLabels: { tier: label } });
    for (const { path, content } of machineFiles(input))
      if (/\/(node|join)\.json$/.test(path))
        writeFileSync(join(folder, path.split("/").at(-1) ?? ""), content);
    answers.forEach(({ body }, at) => {
      writeFileSync(join(folder, `answer-${at}`), body);
    });
    writeFileSync(join(folder, "calls"), "");
    const script = `
      set -eEuo pipefail
      . ${SCRIPTS}/common.sh
      . ${SCRIPTS}/join.sh
      NODE=${paths.NODE} KUBEADM=${paths.KUBEADM} RUN=${paths.RUN}
      statuses=(${answers.map(({ status }) => status).join(" ")})
      sleep() { echo "waits $1"; }
      uname() { echo worker-7.europe-west4-a.c.acme-prod.internal; }
      metadata() { printf 'eyJ.identity.token'; printf '%s\\n' "$*" >>${folder}/metadata-calls; }
      curl() {
        local at output=''
        at=$(wc -l <${folder}/calls)
        printf '%s\\n' "$*" >>${folder}/calls
        while [ $# -gt 0 ]; do
          case "$1" in --output) output=$2 ;; --data) cp "\${2#@}" ${folder}/request ;; --header) case "$2" in @*) cp "\${2#@}" ${folder}/header ;; esac ;; esac
          shift
        done
        [ "\${statuses[$at]}" = refused ] && return 7
        cp "${folder}/answer-$at" "$output"
        printf '%s' "\${statuses[$at]}"
      }
      obtain_join_answer worker
      write_join_document
    `;
    const outcome = run("bash", ["-c", script]);
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    assert.equal(outcome.status, 0, outcome.output);
    return {
      console: outcome.output,
      document: JSON.parse(read("run/join.json")) as {
        nodeRegistration: { name: string };
        discovery: { bootstrapToken: Record<string, unknown> };
      },
      request: JSON.parse(read("request")) as unknown,
      header: read("header"),
      asked: read("metadata-calls"),
      commands: read("calls"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a machine that asks to join", () => {
  before(function () {
    for (const command of ["bash", "jq"])
      if (findCommand(command) === undefined) leaveOut(this, `${command} is not installed`);
  });

  it("sends its identity for this audience, and says which cluster, role and node it is", () => {
    const { request, header, asked, commands } = joinAgainst([{ status: "200", body: GOOD }]);
    assert.deepEqual(request, {
      cluster: "checkout-prod",
      uid: "a1b2c3",
      role: "worker",
      nodeName: "worker-7",
    });
    assert.equal(header, "Authorization: Bearer eyJ.identity.token\n");
    assert.match(asked, /audience=https:\/\/node-join-abc123-ez\.a\.run\.app .*format=full/);
    assert.doesNotMatch(commands, /eyJ/, "a token on a command line is seen by every process");
  });

  it("joins by the answer's address and token, but with the CA hash that it was born with", () => {
    const { document } = joinAgainst([{ status: "200", body: GOOD }]);
    assert.equal(document.nodeRegistration.name, "worker-7");
    assert.deepEqual(document.discovery.bootstrapToken, {
      token: TOKEN,
      apiServerEndpoint: "10.10.0.9:6443",
      caCertHashes: [machineInput("debian-13", "worker").caHash],
    });
  });

  it("waits longer and longer while the control plane is not there, and tells the console", () => {
    const busy = ["503", "429", "refused", "500", "502", "503"].map((status) => ({ status, body: "" }));
    const { console } = joinAgainst([...busy, { status: "200", body: GOOD }]);
    assert.deepEqual(
      console.match(/^waits \d+$/gm),
      [5, 10, 20, 40, 60, 60].map((seconds) => `waits ${seconds}`),
    );
    assert.match(console, /^clusterwright: step join-request answered 503, again in 5 s$/m);
    assert.match(console, /^clusterwright: step join-request answered 000, again in 20 s$/m);
  });

  it("prints why it was refused, printable characters only, and tries again slowly", () => {
    const { console } = joinAgainst([
      { status: "403", body: "not a machine of \u001b[31mthis\u0007 cluster" },
      { status: "200", body: GOOD },
    ]);
    assert.match(
      console,
      /^clusterwright: failed join-request: answered 403: not a machine of \[31mthis cluster; again in 300 s$/m,
    );
    assert.deepEqual(console.match(/^waits \d+$/gm), ["waits 300"]);
  });
});
