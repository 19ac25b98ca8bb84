#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program cma_recount_test.sh: v_cma_allocs, v_cma_tries and CMA's rows of v_failures are what a small program
# counts in the lines of the trace: of a capture, as kmemlab writes them and as trace-cmd does, and of a trace by hand.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT INT TERM
failed=0

# recount TRACE TEXT
recount() {
	rm -rf "$scratch/csv"
	"$KMEMLAB" replay -q --no-progress "$1" -o "$scratch/run.db" 2>"$scratch/said" || { cat "$scratch/said"; return 1; }
	"$KMEMLAB" report "$scratch/run.db" --format csv -o "$scratch/csv" >/dev/null || return 1
	python3 "$root/tests/oracle/cma_recount.py" "$2" "$scratch/csv"
}

recount "$root/tests/golden/files/cma" "$root/tests/golden/files/cma/trace.txt" || failed=1
sample=$root/traces/samples/cma-6.1-x86-1cpu.kmt
"$KMEMLAB" convert --ns "$sample" -o "$scratch/sample.txt" || exit 1
recount "$sample" "$scratch/sample.txt" || failed=1
# a program that finds nothing wrong whatever it reads would be no test
sed 's/^\([0-9]*,[0-9]*,[0-9]*,[^,]*,\)7,/\18,/' "$scratch/csv/cma_allocs.csv" >"$scratch/other" &&
	mv "$scratch/other" "$scratch/csv/cma_allocs.csv"
python3 "$root/tests/oracle/cma_recount.py" "$scratch/sample.txt" "$scratch/csv" >/dev/null && {
	echo "a wrong row is not found"
	failed=1
}

bundle=$root/../shared/traces/cma-6.1-x86-1cpu.tar.zst
if command -v trace-cmd >/dev/null && [ -e "$bundle" ]; then
	tar -C "$scratch" -xf "$bundle" || exit 1
	trace-cmd report -t -i "$scratch/cma-6.1-x86-1cpu/trace.dat" 2>/dev/null >"$scratch/dat.txt" || exit 1
	recount "$scratch/cma-6.1-x86-1cpu" "$scratch/dat.txt" || failed=1
fi
exit $failed
