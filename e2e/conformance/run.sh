#!/bin/sh
# Builds the end-to-end tests of Kubernetes and runs those of the conformance suite that need no running container
# (focus.txt) against `planform kernel --simulate-nodes 2`. Needs Go; the first build takes about 20 minutes on two cores.
# Prints what failed and the sum. KEEP_OUTPUT=FILE keeps what the tests print; SKIP='^$' runs the slow ones too.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${PLANFORM_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/planform-tests}
PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo 'conformance: needs Go, which is not on this machine' >&2; exit 1; }
[ -x "$cache/kubectl-1.36" ] || sh "$root/tools/e2e-setup.sh"

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; wait; rm -rf "$folder"' EXIT INT TERM

# Go would look through 1,500 packages first.
suite=$cache/conformance-1.36
if [ ! -x "$suite" ] || ! cmp -s "$here/go.sum" "$suite.sum"; then
  (cd "$here" && GOFLAGS=-mod=readonly go test -c -o "$suite" k8s.io/kubernetes/test/e2e)
  cp "$here/go.sum" "$suite.sum"
fi
"$root/planform" kernel --data "$folder/kernel" --port "${PORT:-18463}" --simulate-nodes 2 2>"$folder/kernel.log" &
server=$!
until curl -fsk "https://127.0.0.1:${PORT:-18463}/readyz" >/dev/null; do
  kill -0 "$server" || { cat "$folder/kernel.log" >&2; exit 1; }
  sleep 0.2
done

focus=$(grep -v '^#' "$here/focus.txt" | paste -sd '|' -)
"$suite" --kubeconfig "$folder/kernel/kubeconfig" --kubectl-path "$cache/kubectl-1.36" \
  --provider skeleton --num-nodes 2 --minStartupPods 0 --allowed-not-ready-nodes=-1 --node-schedulable-timeout 5s \
  --system-pods-startup-timeout 1s --disable-log-dump --report-dir "$folder" \
  --ginkgo.label-filter Conformance --ginkgo.focus "($focus)" --ginkgo.skip "${SKIP:-Slow}" \
  --ginkgo.no-color --ginkgo.v --ginkgo.timeout 40m >"$folder/output.txt" 2>&1 || failed=$?
sed -n '/^Summarizing/,$p' "$folder/output.txt" | grep -E '^ *\[(FAIL|INTERRUPTED)\]' || true
grep -E '^(Ran|FAIL!|SUCCESS!)' "$folder/output.txt"
[ -z "${KEEP_OUTPUT:-}" ] || cp "$folder/output.txt" "$KEEP_OUTPUT"
exit "${failed:-0}"
