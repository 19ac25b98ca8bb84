#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: FUZZ_SECONDS=n run.sh PROGRAM…: fuzz with each for so long; seeds are tests/fuzz/seeds/NAME/, finds stay below
# the program's directory. Each starts from the same random seed.
set -u
seconds=${FUZZ_SECONDS:-60}
failed=0
here=$(dirname "$0")

[ $# -gt 0 ] || {
	echo "there is no tests/fuzz/fuzz_*.c"
	exit 1
}
for program in "$@"; do
	name=$(basename "$program" | sed 's/^fuzz_//')
	corpus=$(dirname "$program")/corpus-$name
	mkdir -p "$corpus"
	seeds=
	[ -d "$here/seeds/$name" ] && seeds=$here/seeds/$name
	# shellcheck disable=SC2086
	if "$program" -seed=1 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
		-artifact_prefix="$(dirname "$program")/" "$corpus" $seeds >"$corpus.log" 2>&1 </dev/null; then
		echo "  ok    $name, $seconds s"
	else
		failed=$((failed + 1))
		echo "  FAIL  $name; what breaks it is in $(dirname "$program")/"
		tail -n 40 "$corpus.log"
	fi
done
[ "$failed" -eq 0 ]
