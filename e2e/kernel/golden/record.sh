#!/bin/sh
# Builds a real server of Kubernetes, runs it on etcd and records its answers: `record.sh custom` the custom resource server,
# `record.sh standard` kube-apiserver. Needs go, etcd and openssl.
# With `serve` as the second word it leaves the server running until it is interrupted, and says how to reach it.
set -eu
which=${1:?custom or standard} mode=${2:-}
golden=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
children=''
# The server would wait for a store that ends with it; nothing of either is kept.
trap 'kill -KILL $children 2>/dev/null; wait; rm -rf "$folder"' EXIT INT TERM
client=127.0.0.1:${ETCD_PORT:-17379} peer=127.0.0.1:${ETCD_PEER_PORT:-17380} port=${PORT:-18443}

case $which in
  custom) source=$golden/server flags='' ;;
  standard) source=$golden/kube-apiserver version=k8s.io/component-base/version
    flags="-X $version.gitVersion=v1.36.4 -X $version.gitMajor=1 -X $version.gitMinor=36" ;;
  *) echo "record.sh: want custom or standard, not \"$which\"" >&2; exit 2 ;;
esac
(cd "$source" && go build -p 1 -ldflags "-s -w $flags" -o "$folder/server" .)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=golden-authority \
  -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=system:masters/CN=admin \
  -keyout "$folder/key.pem" -out "$folder/request.pem" 2>/dev/null
openssl x509 -req -in "$folder/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 \
  -out "$folder/cert.pem" 2>/dev/null

etcd --data-dir "$folder/etcd" --listen-client-urls "http://$client" --advertise-client-urls "http://$client" \
  --listen-peer-urls "http://$peer" --initial-advertise-peer-urls "http://$peer" --initial-cluster "default=http://$peer" \
  2>"$folder/etcd.log" &
store=$!
children="$children $store"
if [ "$which" = custom ]; then
  # The server wants to know where the main server of a cluster is, and never asks it.
  cat > "$folder/nowhere" <<YAML
{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}],
 users: [{name: a, user: {}}], contexts: [{name: a, context: {cluster: a, user: a}}]}
YAML
  set -- --authentication-skip-lookup --authentication-kubeconfig "$folder/nowhere" \
    --authorization-kubeconfig "$folder/nowhere" --kubeconfig "$folder/nowhere" --enable-priority-and-fairness=false \
    --disable-admission-plugins NamespaceLifecycle,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ValidatingAdmissionPolicy,MutatingAdmissionPolicy
else
  openssl genrsa -out "$folder/account.key" 2048 2>/dev/null
  # Its addresses are those of `planform kernel`.
  set -- --authorization-mode Node,RBAC --allow-privileged --service-cluster-ip-range 10.96.0.0/16 \
    --service-account-key-file "$folder/account.key" --service-account-signing-key-file "$folder/account.key" \
    --service-account-issuer https://kubernetes.default.svc --endpoint-reconciler-type=none
fi
"$folder/server" --etcd-servers "http://$client" --bind-address 127.0.0.1 --secure-port "$port" --cert-dir "$folder/certs" \
  --client-ca-file "$folder/ca.pem" "$@" 2>"$folder/server.log" &
server=$!
children="$children $server"
until curl -fsk --cert "$folder/cert.pem" --key "$folder/key.pem" "https://127.0.0.1:$port/readyz" >/dev/null; do
  kill -0 "$server" || { cat "$folder/server.log"; exit 1; }
  sleep 1
done
set -- "https://127.0.0.1:$port" "$folder/certs/apiserver.crt" "$folder/cert.pem" "$folder/key.pem"
if [ "$mode" = serve ]; then
  echo "$* $server $store"
  wait "$server"
else
  # The recording program is TypeScript: the Node of this repository reads it, an older one does not.
  node=$golden/../../../node_modules/.bin/node
  [ -x "$node" ] || node=node
  "$node" "$golden/record.ts" "$which" "$@"
fi
