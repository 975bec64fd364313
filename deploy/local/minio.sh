#!/usr/bin/env bash
# Builds MinIO, once, from the last commit upstream, into the cache folder where the tests look for it. It takes ten
# minutes or more and 2 GB of disk while it runs. MinIO (AGPL-3.0) is a tool beside Chorus, never a part of it.
set -euo pipefail
version=v0.0.0-20260212201848-7aac2a2c5b7c
kept="${XDG_CACHE_HOME:-$HOME/.cache}/chorus/engines"
target="$kept/minio-${version##*-}"

if [ -x "$target" ]; then
  echo "MinIO is there already: $target"
  exit 0
fi
command -v go >/dev/null || { echo "Building MinIO needs Go 1.24 or newer (https://go.dev/dl)." >&2; exit 1; }
mkdir -p "$kept"
half=$(mktemp -d "$kept/minio.half-XXXXXX")
trap 'rm -rf "$half"' EXIT
echo "building MinIO $version"
GOBIN="$half/bin" GOMODCACHE="$half/modules" GOCACHE="$half/cache" GOFLAGS=-modcacherw CGO_ENABLED=0 \
  go install -v -trimpath -ldflags='-s -w' "github.com/minio/minio@$version"
mv "$half/bin/minio" "$target"
echo "MinIO is in $target"
