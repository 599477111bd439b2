import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import {
  createClusterKeys,
  issueClientCertificate,
  PKI_FILES,
  readPki,
} from "../../../shared/bootstrap/keys.ts";
import { createSeededChance } from "../../../simulator/chance.ts";

const NOW_MS = Date.UTC(2026, 7, 22, 12);
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const create = (seed = 1) =>
  createClusterKeys({ chance: createSeededChance(seed), nowMs: NOW_MS, clusterId: "checkout" });
const issue = async (ttlMs = HOUR_MS) => {
  const pki = readPki((await create()).secret);
  const issued = await issueClientCertificate({
    chance: createSeededChance(2),
    nowMs: NOW_MS,
    pki,
    commonName: "clusterwright",
    organizations: ["kubeadm:cluster-admins", "a, O=system:masters"],
    ttlMs,
  });
  return { pki, issued, leaf: new X509Certificate(issued.certificate) };
};

describe("the keys of a cluster", () => {
  it("are the eight files that kubeadm shares between control-plane machines", async () => {
    const { secret, caCertificate, caHash } = await create();
    const pki = readPki(secret);
    assert.deepEqual(Object.keys(pki.files), [...PKI_FILES]);
    assert.equal(pki.caCertificate, caCertificate);
    assert.equal(pki.caHash, caHash);
    assert.match(caHash, /^sha256:[0-9a-f]{64}$/);
  });

  it("hold three different self-signed authorities of ten years, each with its own key", async () => {
    const { files } = readPki((await create()).secret);
    const names = ["ca", "front-proxy-ca", "etcd/ca"] as const;
    const authorities = names.map((name) => {
      const certificate = new X509Certificate(files[`${name}.crt`]);
      assert.ok(certificate.ca);
      assert.ok(certificate.verify(certificate.publicKey));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(files[`${name}.key`])));
      assert.equal(certificate.validFromDate.getTime(), NOW_MS - 5 * 60_000);
      assert.equal(certificate.validToDate.getTime(), NOW_MS + 10 * YEAR_MS);
      return certificate;
    });
    assert.deepEqual(
      authorities.map(({ subject }) => subject.split("\n").at(-1)),
      ["CN=kubernetes", "CN=front-proxy-ca", "CN=etcd-ca"],
    );
    assert.equal(new Set(authorities.map(({ fingerprint256 }) => fingerprint256)).size, 3);
    assert.equal(new Set(authorities.map(({ serialNumber }) => serialNumber)).size, 3);
  });

  it("hold a pair that signs service account tokens", async () => {
    const { files } = readPki((await create()).secret);
    const token = Buffer.from("token");
    const signature = sign("sha256", token, createPrivateKey(files["sa.key"]));
    assert.ok(verify("sha256", token, createPublicKey(files["sa.pub"]), signature));
  });

  it("are the same for the same seed, and others for another", async () => {
    const [first, again, other] = [await create(1), await create(1), await create(2)];
    assert.equal(again.caHash, first.caHash);
    assert.notEqual(other.caHash, first.caHash);
  });

  it("are made in one turn of the event loop, so that virtual time cannot overtake them", async () => {
    let made = false;
    create().then(() => {
      made = true;
    });
    await new Promise((turn) => setImmediate(turn));
    assert.ok(made);
  });

  it("are refused when damaged, without a word of them in the message", async () => {
    const { secret } = await create();
    const { "ca.key": key, ...rest } = JSON.parse(new TextDecoder().decode(secret)) as Record<string, string>;
    const wrong = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    assert.throws(() => readPki(wrong(rest)), /wrong: ca\.key\)\. Restore an earlier version/);
    assert.throws(
      () => readPki(wrong({ ...rest, "ca.key": `x${key}` })),
      (error: Error) => {
        assert.doesNotMatch(error.message, /PRIVATE|MIG/);
        return /wrong: ca\.key/.test(error.message);
      },
    );
    assert.throws(() => readPki(new Uint8Array([0xff, 0x00])), /wrong: the whole/);
    assert.throws(() => readPki(new Uint8Array()), TypeError);
  });
});

describe("a client certificate", () => {
  it("is signed by the cluster's CA, for clients alone, with the groups as they were given", async () => {
    const { pki, issued, leaf } = await issue();
    const ca = new X509Certificate(pki.caCertificate);
    assert.ok(leaf.checkIssued(ca));
    assert.ok(leaf.verify(ca.publicKey));
    assert.equal(leaf.ca, false);
    assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    assert.ok(leaf.checkPrivateKey(createPrivateKey(issued.key)));
    const { O: organizations, CN: user } = leaf.toLegacyObject().subject as unknown as {
      O: readonly string[];
      CN: string;
    };
    assert.equal(user, "clusterwright");
    assert.deepEqual(organizations, ["kubeadm:cluster-admins", "a, O=system:masters"]);
  });

  it("is valid from the CA's own beginning, because clocks differ, and never outlives it", async () => {
    const { leaf } = await issue();
    assert.equal(leaf.validFromDate.getTime(), NOW_MS - 5 * 60_000);
    assert.equal(leaf.validToDate.getTime(), NOW_MS + HOUR_MS);
    const long = await issue(20 * YEAR_MS);
    assert.equal(long.leaf.validToDate.getTime(), NOW_MS + 10 * YEAR_MS);
  });
});
