#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Each look-up meets what the rules of DynamoRIO's and ChampSim's TLBs say, as tests/oracle/tlb_oracle.py has them: on the
# bundled trace of a real program, on made accesses that fill the second level, and, where valgrind is here, on a million
# accesses of a program that it runs now.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kmemlab=${KMEMLAB:?names the program}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# compare TRACE, plain: look-up by look-up.
compare() {
	"$here/../oracle/tlb_oracle.py" <"$1" >"$scratch/theirs"
	"$kmemlab" tlb --each -t dynamorio "$1" >"$scratch/dynamorio"
	for rules in dynamorio-lru champsim; do
		"$kmemlab" tlb --each -t $rules "$1" | sed 's/.* //' >"$scratch/$rules"
	done
	paste -d ' ' "$scratch/dynamorio" "$scratch/dynamorio-lru" "$scratch/champsim" >"$scratch/ours"
	cmp "$scratch/ours" "$scratch/theirs"
	lookups=$(wc -l <"$scratch/ours")
	[ "$lookups" -ge "$(grep -vc '^==' "$1")" ] # nothing was left out
	echo "$lookups look-ups alike; walks: $(for n in 3 4 5; do
		cut -d ' ' -f $n "$scratch/ours" | grep -c 0
	done | paste -sd ' ')"
}

sample=$here/../golden/files/tlb/program.lackey
zstd -dqc "$sample.zst" >"$scratch/sample"
compare "$scratch/sample"

awk 'BEGIN {
	x = 1
	for (i = 0; i < 60000; i++) {
		x = (x * 16807) % 2147483647
		page = x % 7 ? x % 1100 : x % 6000
		printf "%s %x,%d\n", substr("I  L S M", 1 + 2 * (x % 4), 2), page * 4096 + x % 4096, 1 + x % 64
	}
}' >"$scratch/made"
compare "$scratch/made"

# As it comes: compressed, and through a pipe.
"$kmemlab" tlb --json -t skylake "$scratch/sample" | sed 's/"trace": "[^"]*"//' >"$scratch/plain"
"$kmemlab" tlb --json -t skylake "$sample.zst" | sed 's/"trace": "[^"]*"//' | cmp - "$scratch/plain"
gzip -c "$scratch/sample" | "$kmemlab" tlb --json -t skylake - | sed 's/"trace": "[^"]*"//' | cmp - "$scratch/plain"

command -v valgrind >/dev/null || {
	echo "valgrind is not here: no trace of a million accesses was made"
	exit 0
}
valgrind --tool=lackey --trace-mem=yes --log-file="$scratch/now" sort -R "$here/tlb_recount_test.sh" >/dev/null
head -n 1010000 "$scratch/now" >"$scratch/million"
[ "$(grep -vc '^==' "$scratch/million")" -ge 1000000 ]
compare "$scratch/million"
