#!/bin/sh
# Makes dpdm-VERSION.tar.gz of the checked-out commit in the folder given: the same bytes for the same commit, wherever and whenever.
set -eu
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(dpdm VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
git diff --quiet HEAD || echo "note: uncommitted changes are not in the archive" >&2
git archive --format=tar --prefix="dpdm-$version/" HEAD | gzip -9n > "$out/dpdm-$version.tar.gz.part"
mv "$out/dpdm-$version.tar.gz.part" "$out/dpdm-$version.tar.gz"
sha256sum "$out/dpdm-$version.tar.gz"
