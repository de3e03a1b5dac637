#!/bin/sh
# Catches noise or release whose time depends on the private sum (timing_of_sums.c). $1: the built program.
set -eu
command -v valgrind > /dev/null || { echo "skipped: no valgrind"; exit 77; }
code=0
valgrind -q --error-exitcode=99 "$1" || code=$?
[ "$code" != 77 ] || { echo "skipped: built without valgrind/memcheck.h"; exit 77; }
[ "$code" = 0 ] || { echo "something depends on the sum (exit code $code)"; exit 1; }
code=0
valgrind -q --error-exitcode=99 "$1" control > /dev/null 2>&1 || code=$?
[ "$code" = 99 ] || { echo "the control did not fail (exit code $code): the test is blind"; exit 1; }
