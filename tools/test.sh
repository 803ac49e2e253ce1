#!/bin/sh
# Everything that must hold before a change lands: `npm test` (all) or `npm run check` (no real software).
set -eu
cd "$(dirname "$0")/.."
. tools/toolchain.sh
ensure_dependencies dev

step() {
  label=$1
  shift
  started=$(date +%s)
  printf '── %s\n' "$label"
  "$@"
  printf '   %s s\n' "$(($(date +%s) - started))"
}

step 'types' tsc --noEmit
step 'lint' oxlint --type-aware --deny-warnings
step 'format' biome format .
step 'dead code' npm run --silent deadcode
step 'tidy and unit tests' node tools/run-tests.ts unit
step 'simulator' node sim/main.ts --seeds 300
[ "${1:-}" = check ] && exit 0

step 'test programs' sh tools/e2e-setup.sh
step 'real software' node tools/run-tests.ts real
step 'crashes' node tools/run-tests.ts crash
step 'end to end' node tools/run-tests.ts e2e
