#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A free run under pressure, held against what the kernel did: kswapd's wake-ups, reclaimed pages and compactions within a
# factor of two (../shared/traces, a machine of two CPUs short of memory).
set -u
name=mix-6.1-x86-2cpu
bundle=../shared/traces/$name.tar.zst
[ -e "$bundle" ] || {
	echo "skipped: there is no $bundle"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$KMEMLAB" replay "$bundle" -m simulate --from cold --no-progress -o "$work/run.db" >"$work/said" || exit 1
failed=0

within_two() {
	set -- "$1" $(sqlite3 -separator ' ' "$work/run.db" \
		"SELECT sum(recorded), sum(model) FROM v_pressure WHERE what = '$1'")
	echo "$1: recorded $2, model $3"
	[ "$2" -gt 0 ] && [ $((2 * $3)) -ge "$2" ] && [ "$3" -le $((2 * $2)) ] && return
	echo "not within a factor of two"
	failed=1
}

within_two kswapd_wake
within_two wakeup_kswapd
within_two reclaimed_pages
within_two compaction_runs
# and both are shown
grep -q 'kswapd woke .* (recorded: 27)' "$work/said" || { echo "replay does not show it:"; cat "$work/said"; failed=1; }
"$KMEMLAB" report "$work/run.db" -o "$work/report" >/dev/null || exit 1
grep -q 'kswapd_wake  *27 ' "$work/report/"*.txt || { echo "report does not show it"; failed=1; }
exit $failed
