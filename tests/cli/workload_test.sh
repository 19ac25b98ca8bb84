#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The published result of E1 at a size that takes a second: after every round of random churn the wholly free
# 2 MiB frames of the zone are those never touched, within 0.1 % of them; and the trace is the same again.
set -u
kmemlab=${KMEMLAB:?names the program}
here=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
command -v sqlite3 >/dev/null || {
	echo "there is no sqlite3"
	exit 77
}
failed=0
fail() {
	echo "FAIL: $*"
	failed=1
}
ask() { sqlite3 "$scratch/run.db" "$1"; }

"$kmemlab" gen --json --set machine.memory=1GiB "$here/traces/workloads/e1-frag.yaml" -o "$scratch/a.kmt" >"$scratch/a" ||
	fail "gen: $?"
"$kmemlab" replay -q "$scratch/a.kmt" -o "$scratch/run.db" || fail "replay: $?"
# By hand: 1 GiB has 258,048 pages above the first 16 MiB, of which 10 for each thread are left out. A CPU's list
# takes 63 pages at a time (zone_batchsize()), so more left the free lists than the threads asked for.
asked=$(((258048 - 8 * 10) / 8 * 90 / 100))
left=$(((asked + 62) / 63 * 63 * 8))
never=$(((258048 - left) / 512))
[ "$(sed -n 's/.*"most_live_pages": \([0-9]*\).*/\1/p' "$scratch/a")" = $((asked * 8)) ] || fail "asked for: $(cat "$scratch/a")"
filled=$(ask "SELECT free_pages, huge_free_blocks FROM v_memory JOIN v_samples USING (run, sample)
	WHERE label = 'filled' AND zone = 'DMA32'")
[ "$filled" = "$((258048 - left))|$never" ] || fail "filled: $filled, not $((258048 - left)) pages, $never blocks"
rounds=$(ask "SELECT count(*) FROM v_samples WHERE label LIKE 'iteration-%'")
off=$(ask "SELECT count(*) FROM v_memory JOIN v_samples USING (run, sample) WHERE label LIKE 'iteration-%'
	AND zone = 'DMA32' AND abs(huge_free_blocks - $never) * 1000 > $never")
[ "$rounds" = 100 ] || fail "$rounds rounds were recorded"
[ "$never" -gt 40 ] || fail "$never blocks were never touched"
[ "$off" = 0 ] || fail "in $off rounds the free 2 MiB frames are not the $never never touched"
[ "$(ask "SELECT count(*) FROM v_failures")" = 0 ] || fail "requests failed"
# another way to the same numbers: whole blocks from the kernel's own file, and from the lists by type
[ "$(ask "SELECT count(*) FROM v_memory AS m WHERE huge_free_blocks !=
	(SELECT sum(free_blocks << (ord - 9)) FROM v_buddyinfo AS b WHERE b.run = m.run AND b.sample = m.sample
	AND b.node = m.node AND b.zone = m.zone AND ord >= 9)")" = 0 ] || fail "huge_free_blocks against v_buddyinfo"
[ "$(ask "SELECT count(*) FROM v_memory AS m WHERE free_pages !=
	(SELECT sum(free_blocks << ord) FROM v_pagetypeinfo AS b WHERE b.run = m.run AND b.sample = m.sample
	AND b.node = m.node AND b.zone = m.zone)")" = 0 ] || fail "free_pages against v_pagetypeinfo"
exit $failed
