/** The boot scripts: constant text, one for each way an operating system is set up, put together from pieces. */
import type { OperatingSystem } from "../spec/cluster.ts";
import { OPERATING_SYSTEMS } from "./operating-systems.ts";
// Made from scripts/*.sh, because the deployed functions are one bundled file that has no folder of scripts beside it.
import TEXTS from "./script-texts.json" with { type: "json" };

type Piece = keyof typeof TEXTS;
const piece = (name: Piece): string => TEXTS[name].join("\n");

const assemble = (...setup: readonly Piece[]): string => {
  const pieces: readonly Piece[] = [
    "common",
    "host",
    ...setup,
    "etcd-disk",
    "pki",
    "etcd-member",
    "join",
    "control-plane",
    "main",
  ];
  return pieces.map(piece).join("\n");
};

const SCRIPTS = {
  apt: assemble("packages-apt"),
  dnf: assemble("packages-dnf"),
  immutable: assemble("image-immutable", "packages-binaries"),
  cos: assemble("image-cos", "packages-binaries"),
} as const;

/** What turns a machine of this operating system into a node. It holds nothing of any spec. */
export function bootScript(os: OperatingSystem): string {
  if (os === "cos") return SCRIPTS.cos;
  const { packages } = OPERATING_SYSTEMS[os];
  return packages === "binaries" ? SCRIPTS.immutable : SCRIPTS[packages];
}

/** The kubelet's credential provider for Artifact Registry: reads the machine's own token. */
export const REGISTRY_CREDENTIALS = piece("registry-credentials");
