#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a replay's TLB counts is what the trace's own text says: flushes by the size of each purged range
# (33 pages on x86, 512 on arm64), zeroing and struct pages by the allocations. And a TLB changes nothing else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kmemlab=${KMEMLAB:?names the program}
samples=$here/../../traces/samples
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# replay SAMPLE TLB SYNTHESIZERS [-m MODE]: the run's JSON.
replay() {
	mode=${4:+-m $5}
	echo "{tlb: $2, access: {synthesizers: $3, init_on_alloc: 0}}" >"$scratch/tlb.yaml"
	rm -f "$scratch/run.db"
	# Two words, or none.
	# shellcheck disable=SC2086
	"$kmemlab" replay --json $mode -c "$scratch/tlb.yaml" "$1" -o "$scratch/run.db"
}
# value NAME: a number of the JSON.
value() { sed 's/.*"tlb": {/{/' "$scratch/json" | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"; }
same() {
	[ "$2" = "$3" ] || {
		echo "$1: $2, not $3"
		exit 1
	}
	echo "$1: $2"
}

areas=$samples/vmalloc-areas-6.12-x86-1cpu.kmt
"$kmemlab" convert "$areas" -o "$scratch/areas.txt" >/dev/null
for core in skylake:33 cortex-a76:512; do
	python3 - "${core#*:}" "$scratch/areas.txt" >"$scratch/want" <<-'END'
		import re, sys
		ceiling, full, single = int(sys.argv[1]), 0, 0
		for m in re.finditer(r": purge_vmap_area_lazy: start=0x(\w+) end=0x(\w+)", open(sys.argv[2]).read()):
		    pages = (int(m[2], 16) - int(m[1], 16)) // 4096  # negative: there was nothing to purge
		    full, single = full + (pages > ceiling), single + (pages if 0 < pages <= ceiling else 0)
		print(full, single)
	END
	replay "$areas" "${core%:*}" '[1, 2, 5]' >"$scratch/json"
	read -r full single <"$scratch/want"
	same "${core%:*}: whole flushes" "$(value full_flushes)" "$full"
	same "${core%:*}: single pages" "$(value page_flushes)" "$single"
done
[ "$full" -gt 0 ]
[ "$single" -gt 0 ]

# With single pages everywhere a zeroed block is looked up once for each of its pages; a free run has pages only.
pages=$samples/files-6.1-x86-1cpu.kmt
"$kmemlab" convert "$pages" -o "$scratch/pages.txt" >/dev/null
zeroed=$(awk '/: mm_page_alloc: / && /__GFP_ZERO/ && match($0, / order=[0-9]+/) {
	n += 2 ^ substr($0, RSTART + 7, RLENGTH - 7)
} END { printf "%d", n }' "$scratch/pages.txt")
replay "$pages" skylake '[2], direct_map: 4KiB' -m simulate >"$scratch/json"
same 'S2, pages zeroed in a free run' "$(value S2)" "$zeroed"
same 'S2 is all there is' "$(value S2)" "$(value lookups)"
same 'and all of it forced' "$(value forced)" "$zeroed"
[ "$zeroed" -gt 0 ]

replay "$pages" skylake '[1, 2, 5]' >"$scratch/json"
"$kmemlab" replay -q "$pages" -o "$scratch/plain.db"
sql() { sqlite3 "$1" "SELECT * FROM $2 ORDER BY 1, 2, 3, 4, 5"; }
for view in v_buddyinfo v_pagetypeinfo v_frag v_fallbacks v_cma_allocs v_slabinfo; do
	sql "$scratch/run.db" $view >"$scratch/a"
	sql "$scratch/plain.db" $view | cmp - "$scratch/a"
done
same 'without a TLB v_tlb is empty' "$(sqlite3 "$scratch/plain.db" 'SELECT count(*) FROM v_tlb')" 0
same 'walks are what the last level missed' \
	"$(sqlite3 "$scratch/run.db" "SELECT sum(misses) FROM v_tlb WHERE tlb = 'L2'")" \
	"$(sqlite3 "$scratch/run.db" "SELECT sum(accesses) FROM v_tlb WHERE tlb = 'walk'")"
same 'and what the run says' "$(value walks)" \
	"$(sqlite3 "$scratch/run.db" "SELECT sum(accesses) FROM v_tlb WHERE tlb = 'walk'")"
