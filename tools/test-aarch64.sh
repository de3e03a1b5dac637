#!/bin/sh
# Builds dpdm for 64-bit ARM with Debian's cross compiler and runs the unit tests under qemu's emulation of one process.
# Usage: tools/test-aarch64.sh [CTEST-OPTIONS...], e.g. -R 'prop_|replay_'. Needs the group "aarch64" of packages.txt (installed first);
# the libraries for ARM are unpacked below build-aarch64/root, so that the system's packages stay as they are.
set -eu
cd "$(dirname "$0")/.."
sh tools/install-packages.sh aarch64
build=$PWD/build-aarch64
root=$build/root
apt=$build/apt
jobs=$(nproc)

# One apt of its own for the other architecture: own lists, own (empty) state, the system's sources and keys.
mkdir -p "$root" "$apt/state/lists/partial" "$apt/cache/archives/partial"
: > "$apt/state/status"
cat > "$apt/conf" << CONF
APT::Architecture "arm64";
APT::Architectures {"arm64";};
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
CONF
packages=$(sed -n 's/^build \(lib.*\|zlib.*\)/\1/p' packages.txt)
# shellcheck disable=SC2086 # several packages
APT_CONFIG=$apt/conf sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends --download-only "$@"' apt \
  $packages libcmocka-dev libgcc-s1 > "$apt/log"
for package in "$apt"/cache/archives/*.deb; do
  dpkg -x "$package" "$root"
done
find "$root" -type l -lname '/*' | while read -r link; do # within the root
  ln -sfn "$root$(readlink "$link")" "$link"
done

cat > "$build/toolchain.cmake" << TOOLCHAIN
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_SYSROOT $root)
set(CMAKE_FIND_ROOT_PATH $root)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static;-L;$root)
TOOLCHAIN
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$root/usr/lib/aarch64-linux-gnu/pkgconfig"
cmake -S . -B "$build" -DCMAKE_TOOLCHAIN_FILE="$build/toolchain.cmake" -DCMAKE_BUILD_TYPE=Release > "$build/log"
cmake --build "$build" -j "$jobs" >> "$build/log"
[ $# -gt 0 ] || set -- -R ^unit_ -LE slow
ctest --test-dir "$build" -j "$jobs" "$@"
