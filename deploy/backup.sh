#!/usr/bin/env bash
# Copies an installation on engines of its own into a new folder, also while it runs: docs/operations.md says how to use
# it. Needs pg_dump of PostgreSQL 18 and `chorus`; the environment names what the services use:
#   CHORUS_BRANDS_DATABASE_URL … CHORUS_PUBLISHING_DATABASE_URL, CHORUS_MEDIA_URL
set -euo pipefail
folder="${1:?usage: backup.sh FOLDER}"
: "${CHORUS_MEDIA_URL:?is not set}"
umask 077
mkdir "$folder"

# Against the walk of facts, so that nobody in the backup has heard what its owner there has not said.
for room in publishing rights curation ingest brands; do
  url="CHORUS_${room^^}_DATABASE_URL"
  echo "database of $room" >&2
  pg_dump --format=custom --file="$folder/$room.dump.partial" "${!url:?is not set}"
  mv "$folder/$room.dump.partial" "$folder/$room.dump"
done
# After the databases: what they name is all there.
mkdir "$folder/media"
chorus copy-objects "$CHORUS_MEDIA_URL" "file://$(realpath "$folder/media")"
touch "$folder/complete"
