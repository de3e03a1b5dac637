#!/bin/sh
# Installs the Debian packages of the named groups of packages.txt that are not installed yet.
set -eu
cd "$(dirname "$0")/.."
missing=
for group in "$@"; do
  for package in $(sed -n "s/^$group //p" packages.txt); do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing="$missing $package"
  done
done
[ -z "$missing" ] && exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing:$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
