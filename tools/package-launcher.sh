#!/bin/sh
# Runs the planform command of an installed package with the Node on the PATH. `npm run build` puts it beside the bundle.
set -eu
root=$(dirname "$(readlink -f "$0")")
version=$(node --version 2>/dev/null || echo 'none')
major=${version#v}
major=${major%%.*}
case $major in
'' | *[!0-9]*) major=0 ;;
esac
if [ "$major" -lt 26 ]; then
  echo "planform: Node.js 26 or newer is needed on the PATH: found $version" >&2
  exit 1
fi
# One malloc arena per thread would cost an idle hub or agent 2 MB for nothing.
MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2}
# How the commands that are printed begin.
PLANFORM_COMMAND=${PLANFORM_COMMAND:-planform}
export MALLOC_ARENA_MAX PLANFORM_COMMAND
# shellcheck disable=SC2046 # one option per word
exec node $(cat "$root/node-options") "$root/planform.js" "$@"
