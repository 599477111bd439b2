/** The three ways to hand files and a script to a machine: a startup script, cloud-init's user data, Ignition. */
import type { MachineFile } from "./host-files.ts";
import { BOOT_SCRIPT } from "./paths.ts";

/** What is delivered: files as data, and one constant script that runs at every boot. */
export interface Delivered {
  readonly files: readonly MachineFile[];
  readonly script: string;
  /** Units of the image that must never start. */
  readonly maskedUnits: readonly string[];
}

const BASE64_LINE = 76;
const SCRIPT_MODE = 0o755;
/** Newest that both Flatcar and Fedora CoreOS read for years: https://coreos.github.io/ignition/specs/ */
const IGNITION_VERSION = "3.3.0";
const UNIT = "clusterwright.service";
const UNIT_TEXT = `[Unit]
Description=Makes this machine a node of its Kubernetes cluster
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/bash ${BOOT_SCRIPT}
StandardOutput=journal+console
StandardError=journal+console
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
`;

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const octal = (mode: number): string => mode.toString(8).padStart(4, "0");
const program = (script: string): string => `#!/bin/bash\n${script}`;

function heredoc({ path, mode, content }: MachineFile): string {
  const lines = base64(content).match(new RegExp(`.{1,${BASE64_LINE}}`, "g")) ?? [];
  return `write_file ${path} ${octal(mode)} <<'END_OF_FILE'\n${lines.map((line) => `${line}\n`).join("")}END_OF_FILE\n`;
}

/** Runs at every boot. Paths are ours; contents are base64; nothing of the spec is script text. */
export function startupScript({ files, script }: Delivered): string {
  return [
    "#!/bin/bash",
    "# Makes this machine a node of its Kubernetes cluster. Data first, each file in base64; then the constant script.",
    "write_file() {",
    '  mkdir -p "$(dirname "$1")"',
    '  base64 --decode >"$1.new"',
    '  chmod "$2" "$1.new"',
    '  mv "$1.new" "$1"',
    "}",
    "",
    `${files.map(heredoc).join("")}`,
    script,
  ].join("\n");
}

/** cloud-init writes the files once an instance (Container-Optimized OS: at every boot) and starts the unit. */
export function cloudConfig({ files, script }: Delivered): string {
  const all: readonly MachineFile[] = [
    ...files,
    { path: BOOT_SCRIPT, mode: SCRIPT_MODE, content: program(script) },
    { path: `/etc/systemd/system/${UNIT}`, mode: 0o644, content: UNIT_TEXT },
  ];
  const commands = [
    ["systemctl", "daemon-reload"],
    ["systemctl", "enable", UNIT],
    ["systemctl", "start", "--no-block", UNIT],
  ];
  return `#cloud-config\nwrite_files:\n${all.map(fileEntry).join("")}runcmd:\n${commands.map(commandEntry).join("")}`;
}

/** A JSON string is a double-quoted YAML scalar. A YAML library took a quarter of a pass's CPU for these few keys. */
const quoted = (text: string): string => JSON.stringify(text);

function fileEntry({ path, mode, content }: MachineFile): string {
  return [
    `  - path: ${quoted(path)}\n`,
    `    permissions: ${quoted(octal(mode))}\n`,
    `    owner: "root:root"\n`,
    `    encoding: "b64"\n`,
    `    content: ${quoted(base64(content))}\n`,
  ].join("");
}
function commandEntry(words: readonly string[]): string {
  const [first = "", ...rest] = words.map(quoted);
  return `  - - ${first}\n${rest.map((word) => `    - ${word}\n`).join("")}`;
}

/** Ignition writes the files at the first boot; the enabled unit runs at every one. */
export function ignition({ files, script, maskedUnits }: Delivered): string {
  const all: readonly MachineFile[] = [
    ...files,
    { path: BOOT_SCRIPT, mode: SCRIPT_MODE, content: program(script) },
  ];
  const document = {
    ignition: { version: IGNITION_VERSION },
    storage: {
      files: all.map(({ path, mode, content }) => ({
        path,
        mode,
        overwrite: true,
        contents: { source: `data:;base64,${base64(content)}` },
      })),
    },
    systemd: {
      units: [
        { name: UNIT, enabled: true, contents: UNIT_TEXT },
        ...maskedUnits.map((name) => ({ name, mask: true })),
      ],
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
