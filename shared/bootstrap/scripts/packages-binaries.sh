# Programs for systems without a package manager: downloaded, checked against their published SHA-256, put in place.
install_tools() {
  local tool
  for tool in jq curl; do
    if ! command -v "$tool" >/dev/null; then
      give_up "this image has no $tool; choose a newer image"
    fi
  done
}

architecture() {
  case "$(uname -m)" in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) return 1 ;;
  esac
}

# The hash stands alone in the file, or beside the name.
published_hash() { awk -v name="${2##*/}" 'NF == 1 || $2 == name || $2 == "*" name { print $1; exit }' "$1"; }

download() {
  local url=$1 hash_url=$2 target=$3 expected actual
  fetch --output "$target" "$url"
  fetch --output "$target.sha256" "$hash_url"
  expected=$(published_hash "$target.sha256" "$url")
  actual=$(sha256sum "$target" | awk '{ print $1 }')
  if [ "$expected" != "$actual" ]; then
    rm -f "$target"
    give_up "$url has SHA-256 $actual, published is $expected"
  fi
}

install_packages() {
  local version arch bin work url hash_url target
  version=$(node .kubernetesVersion)
  bin=$(node .binDirectory)
  PATH=$bin:$PATH
  if [ "$(kubeadm version --output short 2>/dev/null)" = "v$version" ] && [ -e "$STATE/downloads-$version" ]; then
    step packages "Kubernetes $version is in place"
    return 0
  fi
  step packages "Kubernetes $version by download"
  arch=$(architecture)
  work=$STATE/downloads
  mkdir -p "$bin" "$work"
  jq -r --arg arch "$arch" '.packages.downloads[] | [.url, .sha256Url, .target] | map(gsub("\\{arch\\}"; $arch)) | @tsv' "$NODE" >"$work/list"
  while IFS=$'\t' read -r url hash_url target; do
    download "$url" "$hash_url" "$work/${url##*/}"
    case "$url" in
      *.tgz)
        mkdir -p "$target"
        tar --extract --gzip --no-same-owner --file "$work/${url##*/}" --directory "$target"
        ;;
      *)
        install -m 0755 "$work/${url##*/}" "$target"
        ;;
    esac
  done <"$work/list"
  if command -v restorecon >/dev/null; then restorecon -R "$bin"; fi
  touch "$STATE/downloads-$version"
}

# The image is the system: a newer one is another machine.
upgrade_system() { :; }
restart_needed() { return 1; }
