import assert from "node:assert/strict";
import fc from "fast-check";
import { assertFails, boot, rendered, replaced } from "../../support/boots.ts";
import { ALL_SYSTEMS, bootData, bootKey } from "../../support/machine-inputs.ts";

describe("a simulated machine whose boot data its operating system does not read", () => {
  it("does nothing without metadata, and says so in the words of the image's own software", () => {
    for (const os of ALL_SYSTEMS) {
      const outcome = boot({ "enable-oslogin": "TRUE" }, os);
      assertFails(outcome, "no-boot-data", /No startup scripts|no user data|no config provided/);
    }
  });

  it("ignores user-data on Debian, RHEL, CentOS and Rocky, whose images carry no cloud-init (trap 7)", () => {
    const userData = bootData(rendered("ubuntu-24.04"));
    for (const os of ["debian-12", "rhel-9", "centos-stream-10", "rocky-10"] as const)
      assertFails(
        boot({ "user-data": userData }, os),
        "wrong-format",
        /user-data is set, but nothing .* reads it/,
      );
  });

  it("ignores a startup script on Flatcar and Fedora CoreOS", () => {
    const script = bootData(rendered("debian-13"));
    for (const os of ["flatcar", "fedora-coreos"] as const)
      assertFails(
        boot({ "startup-script": script }, os),
        "wrong-format",
        /startup-script is set, but nothing/,
      );
  });

  it("refuses cloud-init's format on Flatcar, and Ignition's on Ubuntu", () => {
    assertFails(boot(rendered("ubuntu-24.04"), "flatcar"), "wrong-format", /ignition.*config is not valid/);
    assertFails(
      boot(rendered("flatcar"), "ubuntu-24.04"),
      "wrong-format",
      /cloud-init.*Unhandled non-multipart/,
    );
  });

  it("finds no package manager of another family", () => {
    assertFails(boot(rendered("debian-13"), "rhel-9"), "wrong-package-manager", /apt-get: command not found/);
    assertFails(boot(rendered("rhel-9"), "debian-13"), "wrong-package-manager", /dnf: command not found/);
    assertFails(boot(rendered("ubuntu-24.04"), "cos"), "wrong-package-manager", /apt-get: command not found/);
  });

  it("finds no containerd of another release of its own family", () => {
    assertFails(
      boot(rendered("debian-12"), "debian-13"),
      "package-source",
      /containerd\.list has no containerd\.io/,
    );
    assertFails(
      boot(rendered("rhel-9"), "rhel-10"),
      "package-source",
      /containerd\.repo has no containerd\.io/,
    );
  });

  it("cannot be a control plane on Container-Optimized OS, whose /etc is empty after a restart", () => {
    const metadata = rendered("ubuntu-24.04", "control-plane-init");
    assertFails(boot(metadata, "cos"), "unsupported-role", /forgets \/etc/);
  });
});

describe("a simulated machine whose boot data was cut short or damaged", () => {
  it("never joins, wherever the cut is, and never throws", () => {
    for (const os of ["debian-13", "rhel-10", "ubuntu-24.04", "flatcar", "cos"] as const) {
      const metadata = rendered(os);
      const data = bootData(metadata);
      fc.assert(
        fc.property(fc.integer({ min: 0, max: data.trimEnd().length - 1 }), (length) => {
          assert.equal(boot({ [bootKey(metadata)]: data.slice(0, length) }, os).ok, false);
        }),
        { numRuns: 60 },
      );
    }
  });

  it("names a startup script that ends in a file, in a function, or before its last line", () => {
    const script = bootData(rendered());
    const cut = (at: string) => boot({ "startup-script": script.slice(0, script.indexOf(at)) }, "debian-13");
    assertFails(cut("END_OF_FILE\n"), "truncated", /here-document delimited by end-of-file/);
    assertFails(cut("  systemctl restart containerd"), "truncated", /unexpected end of file/);
    assertFails(cut("\nmain\n"), "never-runs", /the script's last line calls no step/);
  });

  it("names what is not base64, not YAML, not JSON, not gzip", () => {
    const script = rendered();
    assertFails(
      boot(replaced(script, /0644 <<'END_OF_FILE'\n.{8}/, "0644 <<'END_OF_FILE'\n!!!!"), "debian-13"),
      "malformed",
      /base64: invalid input/,
    );
    assertFails(
      boot(replaced(rendered("cos"), "write_files:", "write_files: ["), "cos"),
      "malformed",
      /Failed loading user data/,
    );
    assertFails(
      boot(replaced(rendered("flatcar"), '"storage"', "storage"), "flatcar"),
      "malformed",
      /config is not valid/,
    );
    assertFails(
      boot({ "user-data": "H4sI", "user-data-encoding": "base64" }, "cos"),
      "malformed",
      /damaged gzip/,
    );
    assertFails(
      boot({ "user-data": "#cloud-config\n", "user-data-encoding": "gz" }, "cos"),
      "malformed",
      /user-data-encoding/,
    );
  });

  it("names an Ignition config of an unknown version, with unknown fields, or a file twice", () => {
    const metadata = rendered("flatcar");
    assertFails(
      boot(replaced(metadata, '"3.3.0"', '"2.3.0"'), "flatcar"),
      "malformed",
      /\$\.ignition\.version/,
    );
    assertFails(
      boot(replaced(metadata, '"overwrite"', '"overwritten"'), "flatcar"),
      "malformed",
      /\$\.storage\.files\.0/,
    );
    assertFails(
      boot(
        replaced(metadata, "/etc/clusterwright/kubeadm/join.json", "/etc/clusterwright/node.json"),
        "flatcar",
      ),
      "malformed",
      /duplicate entry defined/,
    );
  });

  it("names a unit that is not there, not started, or runs nothing", () => {
    const ubuntu = rendered("ubuntu-24.04");
    assertFails(
      boot(replaced(ubuntu, /- - "systemctl"\n {4}- "start"[\s\S]*$/, ""), "ubuntu-24.04"),
      "never-runs",
      /runcmd starts no unit/,
    );
    assertFails(
      boot(
        replaced(ubuntu, "/etc/systemd/system/clusterwright.service", "/etc/other.service"),
        "ubuntu-24.04",
      ),
      "missing-file",
      /Unit not found/,
    );
    assertFails(
      boot(replaced(ubuntu, "/etc/clusterwright/boot.sh", "/etc/clusterwright/other.sh"), "ubuntu-24.04"),
      "missing-file",
      /boot\.sh: No such file/,
    );
    const flatcar = rendered("flatcar");
    assertFails(
      boot(replaced(flatcar, '"enabled": true', '"enabled": false'), "flatcar"),
      "never-runs",
      /enables no unit/,
    );
  });

  it("needs a #! line on a script", () => {
    assertFails(
      boot(replaced(rendered(), "#!/bin/bash\n", ""), "debian-13"),
      "wrong-format",
      /exec format error/,
    );
  });
});
