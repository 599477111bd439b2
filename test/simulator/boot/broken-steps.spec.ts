import type { BootRole } from "../../../simulator/boot/boot-plan.ts";
import { assertFails, boot, rendered, replaced } from "../../support/boots.ts";

describe("a simulated machine whose boot script leaves a step out", () => {
  const steps: readonly (readonly [string | RegExp, RegExp, BootRole])[] = [
    [/modprobe/g, /failed kernel: br_netfilter/, "worker"],
    [/sysctl --quiet/g, /failed kernel: net\.ipv4\.ip_forward/, "worker"],
    [/swapoff/g, /failed kernel: running with swap on/, "worker"],
    ["systemctl restart containerd", /failed containerd: containerd is never started/, "worker"],
    ["systemctl --quiet enable kubelet", /failed kubelet: the kubelet is not enabled/, "worker"],
    ["service-accounts/default/identity", /failed join-request: no identity token/, "worker"],
    ["audience=$url", /failed join-request: the identity token has no audience/, "worker"],
    ["kubeadm join --config", /failed kubeadm-join: kubeadm join is never run/, "worker"],
    ["kubeadm init --config", /failed kubeadm-init: kubeadm init is never run/, "control-plane-init"],
    ["secretmanager.googleapis.com", /failed pki: .* a CA of its own/, "control-plane-join"],
    ["/dev/disk/by-id/google-", /failed etcd-disk: the etcd disk is never mounted/, "control-plane-join"],
    ["/v3/cluster/member/list", /failed etcd-members: etcd is never asked/, "control-plane-join"],
    ["DirAvailable--var-lib-etcd-data", /failed etcd-member: .* DirAvailable refuses/, "control-plane-init"],
  ];
  for (const [pattern, line, role] of steps)
    it(`does not join without ${pattern}`, () => {
      assertFails(
        boot(replaced(rendered("debian-13", role), pattern, "true"), "debian-13"),
        "missing-step",
        line,
      );
    });

  it("is not fooled by a comment", () => {
    const metadata = replaced(rendered(), "  kubeadm join --config", "  # kubeadm join --config");
    assertFails(boot(metadata, "debian-13"), "missing-step", /kubeadm join is never run/);
  });
});
