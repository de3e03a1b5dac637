#!/bin/sh
# Builds the Debian packages from `make dist`'s archive, in BUILD-FOLDER, and lets lintian look at them: its errors are ours.
set -eu
mkdir -p "$1"
work=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$work/tree" "$work"/*.deb
mkdir "$work/tree"
sh "$here/packaging/dist.sh" "$work"
version=$(sed -n 's/^project(dpdm VERSION \([0-9.]*\).*/\1/p' "$here/CMakeLists.txt")
tar -xzf "$work/dpdm-$version.tar.gz" -C "$work/tree"
cd "$work/tree/dpdm-$version"
cp -R packaging/debian debian
epoch=$(git -C "$here" log -1 --format=%ct)
cat > debian/changelog << EOF
dpdm ($version-1) unstable; urgency=medium

  * See CHANGELOG.md.

 -- dpdm maintainers <maintainers@users.noreply.invalid>  $(date -uRd "@$epoch")
EOF
dpkg-buildpackage -b -us -uc
lintian --fail-on error "$work"/tree/dpdm_"$version"-1_*.changes
mv "$work"/tree/*.deb "$work"
ls -l "$work"/*.deb
