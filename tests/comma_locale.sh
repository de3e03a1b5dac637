#!/bin/sh
# Runs a program under a locale whose numbers have a comma ("1,5"), made in a folder of its own: comma_locale.sh PROGRAM ARGUMENTS...
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'comment_char %%\nescape_char /\nLC_NUMERIC\ndecimal_point "<U002C>"\nthousands_sep "<U002E>"\ngrouping 3;3\nEND LC_NUMERIC\n' > "$folder/comma"
localedef -c -i "$folder/comma" -f UTF-8 "$folder/comma.UTF-8" > "$folder/log" 2>&1 || [ -f "$folder/comma.UTF-8/LC_NUMERIC" ] || {
  cat "$folder/log" >&2
  exit 1
}
export LOCPATH="$folder" LC_NUMERIC=comma.UTF-8
unset LC_ALL
"$@"
