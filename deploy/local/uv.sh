#!/usr/bin/env bash
# uv: the machine's own, else one put into the cache folder by pip.
set -euo pipefail
if uv --version >/dev/null 2>&1; then
  exec uv "$@"
fi
kept="${XDG_CACHE_HOME:-$HOME/.cache}/chorus/uv"
if [ ! -x "$kept/bin/uv" ]; then
  echo "uv is not at hand: putting it into $kept, once" >&2
  python3 -m venv "$kept" >&2 || {
    echo "This needs Python 3.11 or newer with venv (Debian: apt-get install python3-venv), or uv." >&2
    exit 1
  }
  "$kept/bin/pip" install --quiet --disable-pip-version-check uv >&2
fi
exec "$kept/bin/uv" "$@"
