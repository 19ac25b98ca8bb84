#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program golden_test.sh [--regenerate] [CASE…]
# Each cases/NAME.sh runs in an empty directory with `kmemlab` before everything else in PATH and $files naming
# tests/golden/files; what it prints, and its exit status, must be what cases/NAME.expected says.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "$(dirname "${KMEMLAB:?names the program}")" && pwd)/$(basename "$KMEMLAB")
[ -x "$program" ] || {
	echo "golden: there is no program $program" >&2
	exit 3
}
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
regenerate=
if [ "${1:-}" = --regenerate ]; then
	regenerate=1
	shift
fi
[ $# -gt 0 ] || set -- $(cd "$here/cases" && ls | sed -n 's/\.sh$//p')

mkdir "$scratch/bin"
ln -s "$program" "$scratch/bin/kmemlab"
PATH=$scratch/bin:$PATH
files=$here/files
export PATH files
unset LC_CTYPE LANG
export LC_ALL=C

failed=0
for name in "$@"; do
	mkdir "$scratch/$name"
	(cd "$scratch/$name" && sh "$here/cases/$name.sh") >"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
	{
		echo "--- stdout"
		cat "$scratch/out"
		echo "--- stderr"
		cat "$scratch/err"
		echo "--- exit $status"
	} | sed "s#$files/#FILES/#g" >"$scratch/got"
	if [ "$regenerate" ]; then
		cmp -s "$scratch/got" "$here/cases/$name.expected" || {
			cp "$scratch/got" "$here/cases/$name.expected"
			echo "  new   $name"
		}
	elif ! diff -u "$here/cases/$name.expected" "$scratch/got" >"$scratch/diff" 2>&1; then
		echo "FAIL $name"
		cat "$scratch/diff"
		failed=$((failed + 1))
	fi
done
echo "$# cases, $failed failed"
[ "$failed" -eq 0 ]
