#!/bin/sh
# Builds the custom resource server of Kubernetes, runs it on etcd and records its answers. Needs go, etcd and openssl.
# `record.sh serve` leaves it running until this script is interrupted, and says how to reach it.
set -eu
golden=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$golden/../../.." && pwd)
folder=$(mktemp -d)
children=''
trap 'kill $children 2>/dev/null; wait; rm -rf "$folder"' EXIT INT TERM
client=127.0.0.1:${ETCD_PORT:-17379} peer=127.0.0.1:17380 port=${PORT:-18443}

(cd "$golden/server" && go build -p 1 -o "$folder/server" .)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=golden-authority \
  -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=system:masters/CN=admin \
  -keyout "$folder/key.pem" -out "$folder/request.pem" 2>/dev/null
openssl x509 -req -in "$folder/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 2 \
  -out "$folder/cert.pem" 2>/dev/null
# The server wants to know where the main server of a cluster is, and never asks it.
cat > "$folder/nowhere" <<END
{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}],
 users: [{name: a, user: {}}], contexts: [{name: a, context: {cluster: a, user: a}}]}
END

etcd --data-dir "$folder/etcd" --listen-client-urls "http://$client" --advertise-client-urls "http://$client" \
  --listen-peer-urls "http://$peer" --initial-advertise-peer-urls "http://$peer" --initial-cluster "default=http://$peer" \
  2>"$folder/etcd.log" &
store=$!
children="$children $store"
"$folder/server" --etcd-servers "http://$client" --bind-address 127.0.0.1 --secure-port "$port" --cert-dir "$folder/certs" \
  --client-ca-file "$folder/ca.pem" --authentication-skip-lookup --authentication-kubeconfig "$folder/nowhere" \
  --authorization-kubeconfig "$folder/nowhere" --kubeconfig "$folder/nowhere" --enable-priority-and-fairness=false \
  --disable-admission-plugins NamespaceLifecycle,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ValidatingAdmissionPolicy,MutatingAdmissionPolicy \
  2>"$folder/server.log" &
server=$!
children="$children $server"
until curl -fsk --cert "$folder/cert.pem" --key "$folder/key.pem" "https://127.0.0.1:$port/readyz" >/dev/null; do
  kill -0 "$server" || { cat "$folder/server.log"; exit 1; }
  sleep 1
done
set -- "https://127.0.0.1:$port" "$folder/certs/apiserver.crt" "$folder/cert.pem" "$folder/key.pem" "$server $store" "${1:-}"
if [ "$6" = serve ]; then
  echo "$1 $2 $3 $4 $5"
  wait "$server"
else
  node "$golden/record.ts" "$1" "$2" "$3" "$4"
fi
