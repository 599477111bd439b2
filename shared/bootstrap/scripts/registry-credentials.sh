#!/bin/bash
# A kubelet credential provider: images of Artifact Registry are pulled as the machine's own service account.
# The protocol is credentialprovider.kubelet.k8s.io/v1: a request on standard input, a response on standard output.
set -euo pipefail
cat >/dev/null
curl --fail --silent --show-error --max-time 10 --header 'Metadata-Flavor: Google' \
  http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token |
  jq --compact-output '
    { username: "oauth2accesstoken", password: .access_token } as $login
    | {
        apiVersion: "credentialprovider.kubelet.k8s.io/v1",
        kind: "CredentialProviderResponse",
        cacheKeyType: "Global",
        # The metadata server renews a token in its last five minutes; a minute is left for the pull.
        cacheDuration: "\([.expires_in - 60, 0] | max)s",
        auth: { "*.pkg.dev": $login, "gcr.io": $login, "*.gcr.io": $login }
      }
  '
