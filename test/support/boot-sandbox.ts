/**
 * Runs a machine's real boot script with bash, in a folder instead of `/`, with stand-ins for the system's programs.
 * Every call of a stand-in is written down; bash, jq, openssl and the basic file programs are real.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type MachineInput, machineFiles } from "../../shared/bootstrap/machine.ts";
import { bootScript } from "../../shared/bootstrap/scripts.ts";
import { run } from "./command.ts";

export interface Sandbox {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** One boot. `answers` names what the stand-ins do, see STAND_INS. */
  boot(answers?: Readonly<Record<string, string>>): Boot;
  read(path: string): string;
  write(path: string, content: string): void;
  exists(path: string): boolean;
  mode(path: string): string;
  remove(): void;
}
export interface Boot {
  readonly status: number;
  readonly console: string;
  /** Programs with their arguments, in order. */
  readonly calls: readonly string[];
}

/** Gives up after so many waits: a script that waits forever would be a test that never ends. */
const WAITS_MAX = 3;

/** Programs that only write down that they were called. */
const SILENT = [
  "modprobe",
  "sysctl",
  "swapoff",
  "systemctl",
  "apt-mark",
  "mkfs.ext4",
  "mountpoint",
  "mount",
  "iptables",
  "dnf",
  "tar",
];
const RECORD = `printf "%s %s\\n" "\${0##*/}" "$*" >>"$SANDBOX/calls"\n`;
const STAND_INS: Readonly<Record<string, string>> = {
  uname: `case "$1" in -m) echo x86_64 ;; -r) echo 6.12.0 ;; *) echo "\${HOST:-machine-1.zone.c.project.internal}" ;; esac`,
  containerd: `echo "containerd containerd.io \${CONTAINERD:-2.2.1} abcdef"`,
  // The packages bring the programs that were not there.
  "apt-get": `${RECORD}case "$*" in *kubeadm=*) touch "$SANDBOX/installed" ;; esac`,
  kubeadm: `case "$1" in version) [ -e "$SANDBOX/installed" ] && echo "v\${INSTALLED:-1.36.4}"; exit 0 ;; esac
${RECORD}
if [ "$1" = upgrade ]; then exit 0; fi
cp "$3" "$SANDBOX/kubeadm-$1"
count=$(cat "$SANDBOX/kubeadm-count" 2>/dev/null || echo 0); echo $((count + 1)) >"$SANDBOX/kubeadm-count"
mkdir -p "$SANDBOX/etc/kubernetes/manifests"; touch "$SANDBOX/etc/kubernetes/kubelet.conf" "$SANDBOX/etc/kubernetes/manifests/etcd.yaml"
[ "$count" -ge "\${KUBEADM_FAILS:-0}" ]`,
  kubelet: `echo "Kubernetes v\${KUBELET:-1.36.4}"`,
  ip: `${RECORD}case "$*" in "-4 route show default") echo "default via 10.10.0.1 dev ens4 proto dhcp" ;; esac`,
  blkid: `${RECORD}exit "\${BLKID:-2}"`,
  ss: "exit 0",
  // Waits of a second are polls with a bound of their own.
  sleep: `[ "$1" = 1 ] && exit 0
${RECORD}[ "$(grep -c '^sleep' "$SANDBOX/calls")" -le ${WAITS_MAX} ] || kill "$PPID" "$BASH_PID_OF_SCRIPT"`,
  curl: `${RECORD}program() { printf '#!/bin/bash\\nexec "$SANDBOX/stand-ins/%s" "$@"\\n' "\${1##*/}"; }
url='' output='' format=''
while [ $# -gt 0 ]; do
  case "$1" in
    --output) output=$2; shift ;;
    --write-out) format=1; shift ;;
    --header | --data | --data-urlencode | --max-time | --retry | --cacert | --cert | --key) shift ;;
    http*) url=$1 ;;
  esac
  shift
done
case "$url" in
  */service-accounts/default/token) echo '{"access_token":"ya29.secret"}' ;;
  */instance/name) echo machine-from-metadata ;;
  */network-interfaces/0/ip) printf '10.10.0.7' ;;
  https://10.10.0.9:2379/v3/cluster/member/list) cat "$SANDBOX/members" ;;
  */service-accounts/default/identity*) printf 'eyJ.identity' ;;
  https://secretmanager.googleapis.com/*) cat "$SANDBOX/secret" ;;
  */readyz) exit "\${READYZ:-7}" ;;
  https://node-join*) cp "$SANDBOX/answer" "$output"; printf '%s' "\${JOIN:-200}" ;;
  */bin/linux/amd64/*.sha256) program "\${url%.sha256}" | sha256sum | cut -d ' ' -f 1 >"$output"; [ -z "\${DAMAGED-}" ] || echo 0 >"$output" ;;
  */bin/linux/amd64/*) program "$url" >"$output" ;;
  */cni-plugins-linux-amd64-*.sha256) printf 'plugins' | sha256sum | sed "s/-$/$(basename "\${url%.sha256}")/" >"$output" ;;
  */cni-plugins-linux-amd64-*) printf 'plugins' >"$output" ;;
  *) if [ -n "$output" ]; then : >"$output"; fi ;;
esac`,
};
const ANSWER = {
  token: "abcdef.0123456789abcdef",
  apiServerEndpoint: "10.10.0.9:6443",
  caCertHashes: ["sha256:ff"],
};

/** The etcd member beside the API server that a machine joins by, as etcd's gateway writes it. */
export const SERVING_MEMBER = {
  ID: "10276657743932975437",
  name: "machine-0",
  peerURLs: ["https://10.10.0.9:2380"],
  clientURLs: ["https://10.10.0.9:2379"],
};

/** Absolute paths go into the folder; a device is whatever is there. */
const inFolder = (script: string, root: string): string =>
  script
    .replace(/(?<![\w/.:@}])\/(etc|var|run|dev\/disk)\//g, `${root}/$1/`)
    .replaceAll("[ -b ", "[ -e ")
    .replaceAll("! -b ", "! -e ");

export function createSandbox(input: MachineInput, secret = "{}"): Sandbox {
  const root = mkdtempSync(join(tmpdir(), "boot-sandbox-"));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const folder of ["etc/systemd/system", "etc/apt/sources.list.d", "run", "var/lib/kubelet"])
    mkdirSync(join(root, folder), { recursive: true });
  for (const { path, content } of machineFiles(input))
    write(
      path,
      path.endsWith("/node.json") ? content.replaceAll(/"(\/(?:opt|usr|var)\/)/g, `"${root}$1`) : content,
    );
  for (const name of SILENT) write(`stand-ins/${name}`, `#!/bin/bash\n${RECORD}`);
  for (const [name, body] of Object.entries(STAND_INS)) write(`stand-ins/${name}`, `#!/bin/bash\n${body}\n`);
  for (const name of readdirSync(join(root, "stand-ins"))) chmodSync(join(root, "stand-ins", name), 0o755);
  write("secret", JSON.stringify({ payload: { data: Buffer.from(secret).toString("base64") } }));
  write("answer", JSON.stringify(ANSWER));
  write("members", JSON.stringify({ members: [SERVING_MEMBER] }));
  write("script.sh", `export BASH_PID_OF_SCRIPT=$$\n${inFolder(bootScript(input.os), root)}`);
  return {
    root,
    write,
    read: (path) => readFileSync(join(root, path), "utf8"),
    exists: (path) => statSync(join(root, path), { throwIfNoEntry: false }) !== undefined,
    mode: (path) => (statSync(join(root, path)).mode & 0o777).toString(8),
    boot: (answers = {}) => {
      write("calls", "");
      const env = {
        ...answers,
        SANDBOX: root,
        PATH: `${join(root, "stand-ins")}:${process.env["PATH"] ?? ""}`,
      };
      const { status, output } = run("bash", [join(root, "script.sh")], { env });
      const calls = readFileSync(join(root, "calls"), "utf8").split("\n").slice(0, -1);
      return { status, console: output, calls: calls.map((call) => call.replaceAll(root, "")) };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
