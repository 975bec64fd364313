#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts, once: whatever is there already is kept.
set -euo pipefail
folder="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets"
# The folder guards the files: those must be readable to the containers' own user.
mkdir -p -m 700 "$folder"
umask 022

secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { [ -e "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"; }

keep secret-key "$(secret)"
keep postgres-password "$(secret)"
for room in brands ingest curation rights publishing; do
  keep "$room-database-url" "postgresql://chorus:$(<"$folder/postgres-password")@postgres:5432/chorus_$room"
done
keep s3-secret "$(secret)"
s3=$(<"$folder/s3-secret")
keep s3.json '{"identities": [{"name": "chorus", "credentials": [{"accessKey": "chorus", "secretKey": "'"$s3"'"}], "actions": ["Admin"]}]}'
keep media-url "s3://chorus:$s3@objects:8333/chorus-private?secure=0"
keep journal-url "s3://chorus:$s3@objects:8333/chorus-journal?secure=0"
keep public-media-url "s3://chorus:$s3@objects:8333/chorus-public?secure=0"
echo "The secrets are in $folder" >&2
