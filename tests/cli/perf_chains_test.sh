#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A perf.data recorded with call chains names the callers of pages, as perf's own text of it does.
set -u
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
failed=0

perf record -g -e kmem:mm_page_alloc -o "$scratch/perf.data" -- ls / >/dev/null 2>&1 || {
	echo "perf cannot record here"
	exit 77
}
callers() { "$KMEMLAB" stat --page --caller --csv "$1" | grep '^page_call_site,' | sort; }

perf script -f -i "$scratch/perf.data" -F comm,tid,cpu,time,event,trace,ip,sym --ns \
	>"$scratch/perf.txt" 2>"$scratch/said"
callers "$scratch/perf.data" >"$scratch/data"
callers "$scratch/perf.txt" >"$scratch/text"
[ -s "$scratch/data" ] || {
	echo "no callers of pages"
	failed=1
}
diff "$scratch/data" "$scratch/text" || failed=1
exit $failed
