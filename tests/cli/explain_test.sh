#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program explain_test.sh: contiguous allocations that fail, of a capture and of a generated workload. What explain
# says is in the way is what the run's own rows name, and a setting that it says makes it succeed does so in a run.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
KMEMLAB=$(cd "$(dirname "${KMEMLAB:?names the program}")" && pwd)/$(basename "$KMEMLAB")
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT INT TERM
cd "$scratch" || exit 3

fail() {
	echo "$*"
	cat said 2>/dev/null
	exit 1
}
ask() { sqlite3 "$1" "$2"; }

sample=$root/traces/samples/cma-6.1-x86-1cpu.kmt
"$KMEMLAB" replay -q -m simulate "$sample" -o capture.db || exit 1
event=$(ask capture.db "SELECT min(event_no) FROM v_failures WHERE area IS NOT NULL")
"$KMEMLAB" explain capture.db --what-if machine.cma=128MiB --what-if machine.cma=64MiB >said || fail "explain fails"
grep -q "larger than the area, by $(ask capture.db "SELECT printf('%,d', f.pages - c.pages) FROM v_failures AS f,
	(SELECT max(pages) AS pages FROM v_cma) AS c WHERE f.event_no = $event") pages" said || fail "not what is missing"
grep -q '^  machine.cma=128MiB  *succeeds' said && grep -q '^  machine.cma=64MiB  *fails' said || fail "not the knob"
"$KMEMLAB" replay -q -m simulate "$sample" --set machine.cma=128MiB -o more.db || exit 1
[ "$(ask more.db "SELECT count(*) FROM v_failures WHERE event_no = $event")" = 0 ] || fail "128 MiB are not enough in a run"

"$KMEMLAB" gen -q "$root/traces/workloads/camera.yaml" -o camera.kmt || exit 1
"$KMEMLAB" replay -q camera.kmt --set policy.cma_pinned=50 -o camera.db || exit 1
"$KMEMLAB" explain camera.db --what-if policy.cma_pinned=0 >said || fail "explain fails"
event=$(ask camera.db "SELECT min(event_no) FROM v_failures")
[ "$(sed -n 's/^event \([0-9,]*\) .*/\1/p' said | tr -d ,)" = "$event" ] || fail "not the first failure"
ask camera.db "SELECT printf('  page %#x: busy; %d pages moved, %d dropped; in the way: page %#x (order %d, %s) of %s-%d,', pfn,
	migrated_pages, reclaimed_pages, busy_pfn, busy_ord, busy_migratetype, owner_task, owner_pid)
	FROM v_cma_tries WHERE event_no = $event ORDER BY try LIMIT 40" >rows
[ -s rows ] || fail "no range was tried"
while read -r row; do
	grep -qF -e "$row" said || fail "not said: $row"
done <rows
grep -q '^  policy.cma_pinned=0  *succeeds' said || fail "without pins it fails"
"$KMEMLAB" replay -q camera.kmt --set policy.cma_pinned=0 -o free.db || exit 1
[ "$(ask free.db "SELECT count(*) FROM v_failures WHERE event_no = $event")" = 0 ] || fail "without pins it fails in a run"
