#!/usr/bin/env bash
# Brings an installation back from what backup.sh made, into databases that do not exist yet, while no service runs:
# docs/operations.md says how to use it. Needs pg_restore and psql of PostgreSQL 18 and `chorus`; the environment is
# that of backup.sh, CHORUS_BRANDS_DATABASE_OWNER_URL … where others own the databases than serve, and CHORUS_EVENTS_URL
# and CHORUS_EVENTS_PREFIX of a log that holds nothing.
set -euo pipefail
folder="${1:?usage: restore.sh FOLDER}"
: "${CHORUS_EVENTS_URL:?is not set}" "${CHORUS_MEDIA_URL:?is not set}"
[ -e "$folder/complete" ] || { echo "$folder is no whole backup: take an earlier one" >&2; exit 1; }

for room in brands ingest curation rights publishing; do
  name="CHORUS_${room^^}_DATABASE_URL"
  owner="CHORUS_${room^^}_DATABASE_OWNER_URL"
  export CHORUS_DATABASE_URL="${!name:?is not set}"
  export CHORUS_DATABASE_OWNER_URL="${!owner:-}"
  url="${CHORUS_DATABASE_OWNER_URL:-$CHORUS_DATABASE_URL}"
  base="${url%%\?*}"
  query="${url#"$base"}"
  echo "database of $room" >&2
  psql --quiet --set=ON_ERROR_STOP=1 --command="CREATE DATABASE \"${base##*/}\"" "${base%/*}/postgres$query"
  pg_restore --exit-on-error --no-owner --no-privileges --dbname="$url" "$folder/$room.dump"
  # Gives who serves what it needs, too.
  chorus migrate "$room"
  chorus restored "$room"
done
chorus copy-objects "file://$(realpath "$folder/media")" "$CHORUS_MEDIA_URL"
