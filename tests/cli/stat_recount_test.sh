#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program stat_recount_test.sh: what stat and leaks say of a capture is what a small program counts in the
# capture's text; and what perf kmem stat says, where perf and a perf.data are here.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
sample=$root/traces/samples/files-6.1-debian-1cpu.kmt
shared=$root/../shared/traces/perf-6.1-debian-2cpu.tar.zst
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
failed=0

# recount TRACE TEXT
recount() {
	"$KMEMLAB" stat --csv --caller --task "$1" >"$scratch/stat" || return 1
	"$KMEMLAB" leaks --csv --slab "$1" >"$scratch/leaks" || return 1
	python3 "$root/tests/oracle/stat_recount.py" "$2" "$scratch/stat" "$scratch/leaks"
}

"$KMEMLAB" convert "$sample" -o "$scratch/text.txt" || exit 1
recount "$sample" "$scratch/text.txt" || failed=1
recount "$root/tests/golden/files/stacks" "$root/tests/golden/files/stacks/trace.txt" || failed=1

if command -v perf >/dev/null && [ -e "$shared" ]; then
	tar -C "$scratch" -xf "$shared" || exit 1
	data=$scratch/perf-6.1-debian-2cpu/perf.data
	perf kmem -f -i "$data" --slab stat --caller --raw-ip -l 100000 >"$scratch/perf" 2>/dev/null || exit 1
	"$KMEMLAB" stat --slab --csv --caller --address "$data" >"$scratch/stat" || exit 1
	python3 - "$scratch/perf" "$scratch/stat" <<'END' || failed=1
import csv
import re
import sys

total, wrong = {}, 0
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    m = re.match(r"Total bytes (requested|allocated): +([\d,]+)", line)
    if m:
        total[m[1]] = int(m[2].replace(",", ""))
rows = list(csv.DictReader(open(sys.argv[2], encoding="utf-8")))
slab = next(r for r in rows if r["table"] == "slab")
for what, key in (("requested", "bytes_req"), ("allocated", "bytes_alloc")):
    if total.get(what) != int(slab[key]):
        print(f"perf: {total.get(what)} bytes {what}, not {slab[key]}")
        wrong = 1
sys.exit(wrong)
END
fi
exit "$failed"
