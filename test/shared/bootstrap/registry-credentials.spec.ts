/** The kubelet's credential provider, run by bash with a stand-in for the metadata server. */
import assert from "node:assert/strict";
import { REGISTRY_CREDENTIALS } from "../../../shared/bootstrap/scripts.ts";
import { findCommand, run } from "../../support/command.ts";
import { leaveOut } from "../../support/leave-out.ts";

const REQUEST = JSON.stringify({
  apiVersion: "credentialprovider.kubelet.k8s.io/v1",
  kind: "CredentialProviderRequest",
  image: "europe-docker.pkg.dev/acme/images/app:1",
});
/** The script with `curl` as a function that answers this. */
const withToken = (answer: string): ReturnType<typeof run> =>
  run("bash", ["-c", `curl() { ${answer}; }\n${REGISTRY_CREDENTIALS}`], { input: REQUEST });

describe("the credential provider for Artifact Registry", () => {
  before(function () {
    for (const command of ["bash", "jq"])
      if (findCommand(command) === undefined) leaveOut(this, `${command} is not installed`);
  });

  it("answers the kubelet with the machine's own token, for as long as the token lives", () => {
    const { status, output } = withToken(`echo '{"access_token":"ya29.x","expires_in":600}'`);
    assert.equal(status, 0, output);
    const login = { username: "oauth2accesstoken", password: "ya29.x" };
    assert.deepEqual(JSON.parse(output), {
      apiVersion: "credentialprovider.kubelet.k8s.io/v1",
      kind: "CredentialProviderResponse",
      cacheKeyType: "Global",
      cacheDuration: "540s",
      auth: { "*.pkg.dev": login, "gcr.io": login, "*.gcr.io": login },
    });
  });

  it("does not cache a token that is about to end, and fails when there is none", () => {
    assert.match(withToken(`echo '{"access_token":"t","expires_in":5}'`).output, /"cacheDuration":"0s"/);
    assert.notEqual(withToken("return 22").status, 0);
  });
});
