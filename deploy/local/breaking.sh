#!/usr/bin/env bash
# Refuses a change of the protos that breaks who uses the latest release.
set -euo pipefail
release=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)
if [ -z "$release" ]; then
  echo "buf breaking: nothing is released yet, so nothing can break"
  exit 0
fi
.venv/bin/buf breaking protos --against ".git#tag=$release,subdir=protos"
