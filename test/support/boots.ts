/** Booting simulated machines from boot data, whole or broken on purpose. */
import assert from "node:assert/strict";
import { type MachineInput, renderMachine } from "../../shared/bootstrap/machine.ts";
import type { OperatingSystem } from "../../shared/spec/cluster.ts";
import type { BootFailureReason, BootOutcome, BootPlan, BootRole } from "../../simulator/boot/boot-plan.ts";
import { interpretBoot } from "../../simulator/boot/interpret.ts";
import { bootKey, KUBERNETES_VERSION, machineInput } from "./machine-inputs.ts";

export type Metadata = Readonly<Record<string, string>>;
export const boot = (metadata: Metadata, os: OperatingSystem): BootOutcome =>
  interpretBoot({ metadata, os, kubernetesVersions: ["1.35.8", KUBERNETES_VERSION] });
export const bootInput = (input: MachineInput): BootOutcome => boot(renderMachine(input), input.os);

export function planOf(outcome: BootOutcome): BootPlan {
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.console.join("\n"));
  return outcome.plan;
}
/** The reason, and the last line of the console, which names the cause. */
export function assertFails(outcome: BootOutcome, reason: BootFailureReason, line: RegExp): void {
  assert.ok(!outcome.ok, "it joined");
  assert.equal(outcome.reason, reason, outcome.console.join("\n"));
  assert.match(outcome.console.at(-1) ?? "", line);
}

/** Replaces text inside the base64 of a startup script's file, as someone would who broke the renderer. */
export function breakFile(metadata: Metadata, path: string, change: (content: string) => string): Metadata {
  const script = metadata["startup-script"] ?? "";
  const start = script.indexOf(`write_file ${path} `);
  assert.ok(start >= 0, `no ${path}`);
  const from = script.indexOf("\n", start) + 1;
  const to = script.indexOf("END_OF_FILE\n", from);
  const content = Buffer.from(script.slice(from, to), "base64").toString();
  const changed = change(content);
  assert.notEqual(changed, content, `nothing changed in ${path}`);
  const encoded = Buffer.from(changed).toString("base64");
  return { ...metadata, "startup-script": `${script.slice(0, from)}${encoded}\n${script.slice(to)}` };
}
export function dropFile(metadata: Metadata, path: string): Metadata {
  const script = metadata["startup-script"] ?? "";
  const start = script.indexOf(`write_file ${path} `);
  const end = script.indexOf("END_OF_FILE\n", script.indexOf("\n", start));
  return { "startup-script": script.slice(0, start) + script.slice(end + "END_OF_FILE\n".length) };
}
export const rendered = (
  os: OperatingSystem = "debian-13",
  role: BootRole = "worker",
  changes: Partial<MachineInput> = {},
) => renderMachine(machineInput(os, role, changes));
export const replaced = (metadata: Metadata, from: string | RegExp, to: string): Metadata => {
  const key = bootKey(metadata);
  const data = (metadata[key] ?? "").replace(from, to);
  assert.notEqual(data, metadata[key], `${from} is not there`);
  return { ...metadata, [key]: data };
};
