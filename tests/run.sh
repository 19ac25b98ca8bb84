#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run.sh PROGRAM…: run test programs side by side; show what a failing one said; count them.
# A program that ends with 77 had nothing to test here and says why.
set -u

if [ "${1:-}" = --one ]; then
	name=$(printf '%s' "$3" | tr / _)
	"$3" >"$2/$name.log" 2>&1 </dev/null
	status=$?
	case $status in
	0) echo "  ok    $3" ;;
	77) echo "  skip  $3: $(tail -n 1 "$2/$name.log")" ;;
	*)
		echo "  FAIL  $3 (exit $status)"
		sed 's/^/        /' "$2/$name.log"
		;;
	esac
	echo "$status $3" >"$2/$name.status"
	exit 0
fi

results=$(mktemp -d) || exit 3
trap 'rm -rf "$results"' EXIT
if [ $# -gt 0 ]; then
	printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I '{}' "$0" --one "$results" '{}'
fi
count() { find "$results" -name '*.status' -exec cat '{}' + | grep -Ec "$1"; }
passed=$(count '^0 ')
skipped=$(count '^77 ')
failed=$(($# - passed - skipped))
# once more, where whoever reads only the end finds them
find "$results" -name '*.status' -exec cat '{}' + | sed -n '/^0 /!{/^77 /!s/^[0-9]* /  FAIL  /p}'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
