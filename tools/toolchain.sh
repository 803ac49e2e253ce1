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
