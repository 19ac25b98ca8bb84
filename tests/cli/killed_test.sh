#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whoever ends convert or gen half-way finds nothing half-written.
set -u
program=$(cd "$(dirname "${KMEMLAB:?names the program}")" && pwd)/$(basename "$KMEMLAB")
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 3
python3 -c 'import os; os.open(".", os.O_TMPFILE | os.O_RDWR)' 2>/dev/null || {
	echo "needs python3 and a file system with files that have no name"
	exit 77
}
failed=0
for end in HUP TERM KILL; do
	for out in out.kmt out.txt; do
		mkfifo pipe
		"$program" convert - -o "$out" <pipe 2>/dev/null &
		pid=$!
		exec 9>pipe
		for i in 1 2 3; do
			echo "            bash-42      [001] .....     $i.000001: kfree: call_site=a+0x1/0x2 ptr=00000000000000$i" >&9
		done
		sleep 0.3
		kill -"$end" "$pid"
		exec 9>&-
		wait "$pid" 2>/dev/null
		status=$?
		rm pipe
		[ "$status" -gt 128 ] && [ -z "$(ls)" ] && continue
		echo "FAIL $end: exit $status, left behind: $(ls)"
		failed=1
		rm -f out*
	done
done
exit $failed
