#!/usr/bin/env bash
# Brings an installation back from what backup.sh made, into databases that do not exist yet, while no service runs:
# docs/operations.md says how to use it. Needs pg_restore and psql of PostgreSQL 18 and `chorus`; the environment is
# that of backup.sh, and CHORUS_EVENTS_URL and CHORUS_EVENTS_PREFIX of a log that holds nothing.
set -euo pipefail
folder="${1:?usage: restore.sh FOLDER}"
: "${CHORUS_EVENTS_URL:?is not set}" "${CHORUS_MEDIA_URL:?is not set}"
[ -e "$folder/complete" ] || { echo "$folder is no whole backup: take an earlier one" >&2; exit 1; }

for room in brands ingest curation rights publishing; do
  name="CHORUS_${room^^}_DATABASE_URL"
  url="${!name:?is not set}"
  base="${url%%\?*}"
  query="${url#"$base"}"
  echo "database of $room" >&2
  psql --quiet --set=ON_ERROR_STOP=1 --command="CREATE DATABASE \"${base##*/}\"" "${base%/*}/postgres$query"
  pg_restore --exit-on-error --no-owner --dbname="$url" "$folder/$room.dump"
  CHORUS_DATABASE_URL="$url" chorus restored "$room"
done
chorus copy-objects "file://$(realpath "$folder/media")" "$CHORUS_MEDIA_URL"
