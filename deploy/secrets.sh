#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts, once: whatever is there already is kept.
# For a cluster whose object store has another name: OBJECTS=chorus-objects:8333 deploy/secrets.sh deploy/secrets/cluster
set -euo pipefail
folder="${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets}"
objects="${OBJECTS:-objects:8333}"
# The folder guards the files: those must be readable to the containers' own user.
mkdir -p -m 700 "$folder"
umask 022

secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { [ -e "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"; }

keep secret-key "$(secret)"
keep postgres-password "$(secret)"
for room in brands ingest curation rights publishing; do
  # Who owns a database migrates it; who serves has a role of its own, which the first migration makes.
  keep "$room-database-owner-url" "postgresql://chorus:$(<"$folder/postgres-password")@postgres:5432/chorus_$room"
  keep "$room-database-url" "postgresql://chorus_$room:$(secret)@postgres:5432/chorus_$room"
done
keep s3-secret "$(secret)"
s3=$(<"$folder/s3-secret")
keep s3.json '{"identities": [{"name": "chorus", "credentials": [{"accessKey": "chorus", "secretKey": "'"$s3"'"}], "actions": ["Admin"]}]}'
keep media-url "s3://chorus:$s3@$objects/chorus-private?secure=0"
keep journal-url "s3://chorus:$s3@$objects/chorus-journal?secure=0"
keep public-media-url "s3://chorus:$s3@$objects/chorus-public?secure=0"
echo "The secrets are in $folder" >&2
