# Sourced by ./planform and tools/test.sh: finds Planform's own Node and installs dependencies when they are missing.
# Needs the working directory to be the project's root. Sets PATH so that `node` and all tools are the project's.

# ensure_dependencies run|dev — installs what package-lock.json names unless that was done already.
ensure_dependencies() {
  wanted="$1 $(cksum <package-lock.json)"
  stamp=node_modules/.planform-installed
  installed=$(cat "$stamp" 2>/dev/null || true)
  # A full installation also serves where only the run-time part is wanted, and stays a full one.
  if [ -e node_modules/.bin/tsc ]; then
    set -- dev
    wanted="dev ${wanted#* }"
  fi
  if [ "$installed" != "$wanted" ] && [ "$installed" != "dev ${wanted#* }" ]; then
    if ! command -v npm >/dev/null 2>&1; then
      echo "planform: npm is needed once, to install dependencies: install Node.js (any version) with npm and run this again" >&2
      exit 1
    fi
    echo "planform: installing dependencies (once)" >&2
    if [ "$1" = run ]; then set -- --omit=dev; else set --; fi
    npm ci --no-audit --no-fund --loglevel=error "$@" >&2
    printf '%s' "$wanted" >"$stamp"
  fi
  PATH="$PWD/node_modules/.bin:$PATH"
  export PATH
  # Platforms without a packaged Node fall back to the system's.
  if [ -x node_modules/.bin/node ]; then return; fi
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -lt 26 ]; then
    echo "planform: Node.js 26 or newer is needed and no packaged one exists for $(uname -s) $(uname -m): found version $major" >&2
    exit 1
  fi
}

# source_digest — a name for the contents of everything that goes into a bundle.
source_digest() {
  find kernel drivers planes programs tools/bundle.ts package.json package-lock.json \
    -name testdata -prune -o -type f ! -name '*.test.ts' -exec cksum {} + | sort | cksum | tr ' ' -
}

# find_bundle — prints the folder with the bundle of exactly these sources, made now if there is none (docs/adr/0005).
# Prints nothing, and the sources are to be run, where no bundler is installed or they change meanwhile.
find_bundle() {
  bundles=$PWD/node_modules/.cache/planform
  if [ ! -d node_modules/esbuild ] || [ ! -w node_modules ]; then return; fi
  digest=$(source_digest)
  if [ ! -d "$bundles/$digest" ]; then
    node tools/bundle.ts "$bundles/new-$$" >&2 || return 0
    if [ "$(source_digest)" != "$digest" ]; then
      rm -rf "$bundles/new-$$"
      return
    fi
    mv "$bundles/new-$$" "$bundles/$digest"
    # Hubs and agents that run still load parts of the bundles they were started from.
    ls -dt "$bundles"/* | tail -n +21 | xargs rm -rf
  fi
  printf '%s' "$bundles/$digest"
}
