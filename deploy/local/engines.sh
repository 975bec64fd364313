#!/usr/bin/env bash
# Sees that what the tests start is at hand: Java and Maven (Kafka), Chromium, and independent eyes: ExifTool on
# pictures, OpenSSL on time stamps. Installs Debian's packages where this is root on Debian, else says what to install
# and fails.
set -euo pipefail

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need java default-jre-headless
need mvn maven
need chromium chromium
need exiftool libimage-exiftool-perl
need openssl openssl
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update >&2
  apt-get install -y --no-install-recommends "${missing[@]}" >&2
else
  echo "The tests need ${missing[*]} (the names of Debian's packages). Install them, or run: make test-embedded" >&2
  exit 1
fi
