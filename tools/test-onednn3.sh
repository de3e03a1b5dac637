#!/bin/sh
# Builds dpdm against oneDNN 3.x, which has another C API than Debian 12's 2.6, and runs the tests of the kernels.
# usage: tools/test-onednn3.sh [BUILD]   BUILD: a folder for the build and the library (default build-onednn3)
# The library is PyPI's onednn-devel, a build for SYCL: it finds the CPU through the OpenCL driver that comes with it.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$source/build-onednn3}
root=$build/onednn
[ -f "$root/include/dnnl.h" ] || {
  python3 -m venv "$root"
  "$root/bin/pip" install -q onednn-devel
}
cmake -S "$source" -B "$build" -DDPDM_ONEDNN_ROOT="$root" -DCMAKE_BUILD_RPATH="$root/lib"
cmake --build "$build" -j "$(nproc)" --target unit_kernel_sets
OCL_ICD_FILENAMES=$root/lib/libintelocl.so LD_LIBRARY_PATH=$root/lib "$build/tests/nn/unit_kernel_sets"
