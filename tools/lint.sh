#!/bin/sh
# Format check, clang-tidy and cppcheck over the sources under version control. Usage: tools/lint.sh [FILE.c ...]
set -eu
cd "$(dirname "$0")/.."
build=build-lint
jobs=$(nproc)

if [ $# -gt 0 ]; then
  files=$*
else
  files=$(git ls-files 'src/*.[ch]' 'cli/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'bench/*.[ch]' 'examples/*.[ch]')
fi
sources=$(printf '%s\n' $files | grep '\.c$' || true)

echo "clang-format"
printf '%s\n' $files | xargs clang-format --dry-run -Werror

# clang's own compile commands, without tests: their checks are made to fail in odd ways on purpose. Debug, so that the analyzer
# reads the assertions. status.c defines what lint.h wraps.
cmake --preset debug -B "$build" -DCMAKE_C_COMPILER=clang -DBUILD_TESTING=OFF >/dev/null
cmake --build "$build" -j "$jobs" >/dev/null # generated sources
sources=$(printf '%s\n' $sources | grep -v -e '^tests/' -e '^src/base/status.c$' || true)

echo "clang-tidy"
printf '%s\n' $sources | xargs -P "$jobs" -n 4 clang-tidy -p "$build" --quiet \
  --extra-arg-before=-include --extra-arg-before="$PWD/tools/lint.h" --extra-arg-before=-I"$PWD/include"

# Uninitialised variables are clang-tidy's matter, which knows that a failed call stops. The other two: a conversion that does
# nothing on this machine, and the logarithm of a sum that is at least 1.
echo "cppcheck"
cppcheck --project="$build/compile_commands.json" -j "$jobs" --quiet --inline-suppr --error-exitcode=1 \
  --enable=warning,performance,portability --suppress=missingIncludeSystem --suppress='*:*/generated/*' \
  --suppress='*:/usr/include/*' --suppress=uninitvar \
  --suppress=selfAssignment:src/rng/bytes.h --suppress=invalidFunctionArg:src/nn/loss.c
echo "lint: clean"
