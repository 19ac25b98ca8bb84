#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program BENCH=program run.sh
# Every speed stands beside another of the same run, on the same file: a ratio means the same on any host.
set -u
here=$(cd "$(dirname "$0")" && pwd)
shared=$here/../../../shared/traces
sample=$here/../../traces/samples/files-6.1-x86-1cpu.kmt
name=files-6.1-x86-1cpu
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT

# value NAME FILE: what bench said of NAME.
value() { sed -n "s/^$1 //p" "$2"; }
# line WHAT FORMAT VALUES…
line() {
	what=$1 format=$2
	shift 2
	# The format is one of those below.
	# shellcheck disable=SC2059
	printf "%-44s $format\n" "$what" "$@"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'; }
ms() { awk -v n="$1" 'BEGIN { printf "%.1f", n / 1e6 }'; }
millions() { awk -v n="$1" -v t="$2" 'BEGIN { printf "%.2f", t ? n * 1e3 / t : 0 }'; }

"$BENCH" loop >"$scratch/loop" || exit
loop=$(value loop_ns "$scratch/loop")
line 'calibration loop' '%s ms' "$(ms "$loop")"

# The page layer alone, and with the objects; predicted, too: what these take is beside what that takes.
for lane in pages observe pages-predict predict; do
	"$BENCH" $lane "$sample" >"$scratch/$lane" || exit
	replay=$(value replay_ns "$scratch/$lane") survey=$(value survey_ns "$scratch/$lane")
	pages=$(value page_events "$scratch/$lane") events=$(value events "$scratch/$lane")
	case $lane in
	pages) what='observe replay, pages alone' ;;
	observe) what='observe replay, pages and objects' ;;
	pages-predict) what='predict, pages alone' ;;
	predict) what='predict, pages and objects' ;;
	esac
	line "$what" '%s ms, %s M page events/s, %s M events/s, %s of the loop' \
		"$(ms "$replay")" "$(millions "$pages" "$replay")" "$(millions "$events" "$replay")" \
		"$(ratio "$replay" "$loop")"
	line 'survey before it' '%s ms, %s of the loop' "$(ms "$survey")" "$(ratio "$survey" "$loop")"
done
live=$(value live_objects "$scratch/predict")
line 'memory of the objects' '%s bytes for each of %s that live at the end' "$(awk -v n="$live" \
	-v a="$(value replay_kib "$scratch/pages-predict")" -v b="$(value replay_kib "$scratch/predict")" \
	'BEGIN { printf "%.0f", n ? (b - a) * 1024 / n : 0 }')" "$live"

"$BENCH" read "$sample" >"$scratch/kmt" || exit
kmt=$(value read_ns "$scratch/kmt")
line 'reading .kmt' '%s ms, %s M events/s, %s of the loop' "$(ms "$kmt")" \
	"$(millions "$(value read_events "$scratch/kmt")" "$kmt")" "$(ratio "$kmt" "$loop")"

if [ -e "$shared/$name.tar.zst" ] && command -v trace-cmd >/dev/null; then
	tar -C "$scratch" -xf "$shared/$name.tar.zst" && zstd -dqf "$scratch/$name/trace.txt.zst" -o "$scratch/trace.txt"
	begin=$(date +%s%N)
	trace-cmd report -i "$scratch/$name/trace.dat" >"$scratch/report" 2>/dev/null
	theirs=$(($(date +%s%N) - begin))
	lines=$(wc -l <"$scratch/report")
	line 'trace-cmd report of trace.dat' '%s ms, %s lines' "$(ms "$theirs")" "$lines"
	"$BENCH" read "$scratch/$name/trace.dat" >"$scratch/dat" || exit
	dat=$(value read_ns "$scratch/dat")
	line 'reading trace.dat' '%s ms, %s times as fast as trace-cmd report' "$(ms "$dat")" "$(ratio "$theirs" "$dat")"
	"$BENCH" read "$scratch/trace.txt" >"$scratch/text" || exit
	text=$(value read_ns "$scratch/text")
	line 'reading the same trace as text' '%s ms, %s times as fast as trace-cmd report' "$(ms "$text")" \
		"$(ratio "$theirs" "$text")"
else
	echo "trace.dat and text are not measured: the shared captures, or trace-cmd, are not here"
fi

perf_name=perf-6.1-debian-2cpu
if [ -e "$shared/$perf_name.tar.zst" ] && command -v perf >/dev/null; then
	tar -C "$scratch" -xf "$shared/$perf_name.tar.zst" || exit
	begin=$(date +%s%N)
	perf script -f -i "$scratch/$perf_name/perf.data" >"$scratch/report" 2>/dev/null
	theirs=$(($(date +%s%N) - begin))
	line 'perf script of perf.data' '%s ms, %s lines' "$(ms "$theirs")" "$(wc -l <"$scratch/report")"
	"$BENCH" read "$scratch/$perf_name/perf.script" >"$scratch/perf" || exit
	text=$(value read_ns "$scratch/perf")
	line 'reading its text' '%s ms, %s times as fast as perf script' "$(ms "$text")" "$(ratio "$theirs" "$text")"
	begin=$(date +%s%N)
	perf kmem -f -i "$scratch/$perf_name/perf.data" --slab stat >"$scratch/report" 2>/dev/null
	theirs=$(($(date +%s%N) - begin))
	line 'perf kmem --slab stat of perf.data' '%s ms, %s times as long as reading its text' "$(ms "$theirs")" \
		"$(ratio "$theirs" "$text")"
	# The same events: as text, as .kmt, and from perf.data through perf script.
	"$KMEMLAB" convert "$scratch/$perf_name/perf.script" -o "$scratch/perf.kmt" || exit
	for file in $perf_name/perf.script perf.kmt $perf_name/perf.data; do
		begin=$(date +%s%N)
		"$KMEMLAB" stat --slab "$scratch/$file" >"$scratch/report" || exit
		ours=$(($(date +%s%N) - begin))
		line "kmemlab stat --slab of ${file##*/}" '%s ms, %s times as fast as perf kmem stat' "$(ms "$ours")" \
			"$(ratio "$theirs" "$ours")"
	done
else
	echo "perf script is not measured: the shared capture, or perf, is not here"
fi

"$BENCH" machine 1 >"$scratch/small" && "$BENCH" machine 1024 >"$scratch/large" || exit
small=$(value machine_ns "$scratch/small") large=$(value machine_ns "$scratch/large")
line 'opening a machine of 1 GiB' '%s ms, %s KiB' "$(ms "$small")" "$(value machine_kib "$scratch/small")"
line 'opening a machine of 1 TiB' '%s ms, %s KiB, %s of the loop' "$(ms "$large")" \
	"$(value machine_kib "$scratch/large")" "$(ratio "$large" "$loop")"

# First fit in a contiguous area of 1 GiB with 100,000 allocations in it, and a plain scan of its bitmap for the same.
"$BENCH" cma >"$scratch/cma" || exit
cma=$(value cma_ns "$scratch/cma") scan=$(value scan_ns "$scratch/cma")
line 'searching an area of 1 GiB in fragments' '%s ms, %s of a scan by words' "$(ms "$cma")" "$(ratio "$cma" "$scan")"

# Look-ups of a core with 64 entries in 4 ways, or in one set, and 1536 behind them: 16 to a place in 4 MiB, one to a place
# there (level 2 has it), one to a place in 1 GiB (walked).
for way in '4 4194304 16' '64 4194304 16' '4 4194304 1' '4 1073741824 1'; do
	# Three words.
	# shellcheck disable=SC2086
	"$BENCH" tlb $way >"$scratch/tlb" || exit
	took=$(value tlb_ns "$scratch/tlb")
	line "TLB look-ups: ways, bytes, each: $way" '%s M/s, %s of the loop' \
		"$(millions "$(value tlb_lookups "$scratch/tlb")" "$took")" "$(ratio "$took" "$loop")"
done

# The same made events on machines of other sizes; then on one CPU and one node, and on many, where of a hundred
# blocks so many are given back by another CPU.
simulate() {
	"$BENCH" simulate "$1" "$2" "$3" "$4" >"$scratch/simulate" || exit
	took=$(value simulate_ns "$scratch/simulate")
	[ "$base" ] || base=$took
	line "simulate, $1 CPUs, $2 nodes, $3 GiB, $4 % away" '%s ns an event, %s times the first; cold start %s ms' \
		"$(awk -v n="$took" -v e="$(value simulate_events "$scratch/simulate")" 'BEGIN { printf "%.0f", n / e }')" \
		"$(ratio "$took" "$base")" "$(ms "$(value boot_ns "$scratch/simulate")")"
}
base=
simulate 1 1 1 0
simulate 1 1 64 0
simulate 1 1 1024 0
base=
simulate 1 1 64 0
simulate 64 8 64 10
simulate 64 8 64 100

# 10,000 areas of a page: one goes, one comes; a pair is two events.
for kernel in 3.5 6.1 6.12; do
	"$BENCH" vmalloc $kernel >"$scratch/vmalloc" || exit
	took=$(value simulate_ns "$scratch/vmalloc") pairs=$(($(value simulate_events "$scratch/vmalloc") / 2))
	line "vmalloc and vfree of $kernel, 10,000 live" '%s M pairs/s, %s of the loop' "$(millions "$pairs" "$took")" \
		"$(ratio "$took" "$loop")"
done

# E1 fills whatever machine it is put on: events and memory grow alike. E1_GIB=128 is the published size.
base=
for gib in ${E1_GIB:-1 8}; do
	"$KMEMLAB" gen --json --set machine.memory="${gib}GiB" "$here/../../traces/workloads/e1-frag.yaml" -o "$scratch/e1.kmt" \
		>"$scratch/gen" || exit
	begin=$(date +%s%N)
	"$KMEMLAB" replay -q "$scratch/e1.kmt" -o "$scratch/e1.db" || exit
	took=$(($(date +%s%N) - begin))
	events=$(sed 's/.*"events": \([0-9]*\).*/\1/' "$scratch/gen")
	[ "$base" ] || base=$((took / (events / 1000)))
	line "E1, $gib GiB, replay with its database" '%s ms, %s ns an event, %s times the first; generated in %s ms' \
		"$(ms "$took")" "$((took / events))" "$(ratio "$((took / (events / 1000)))" "$base")" \
		"$(ms "$(sed 's/.*"took_ns": \([0-9]*\).*/\1/' "$scratch/gen")")"
done

begin=$(date +%s%N)
"$KMEMLAB" replay -q "$sample" -o "$scratch/run.db" || exit
whole=$(($(date +%s%N) - begin))
line 'kmemlab replay, .kmt to database' '%s ms, %s of the loop' "$(ms "$whole")" "$(ratio "$whole" "$loop")"

echo '{tlb: skylake, access: {synthesizers: [1, 2, 5], bounds: 0}}' >"$scratch/tlb.yaml"
begin=$(date +%s%N)
"$KMEMLAB" replay -q -c "$scratch/tlb.yaml" "$sample" -o "$scratch/run.db" || exit
took=$(($(date +%s%N) - begin))
line 'the same with a virtual TLB' '%s ms, %s times as long' "$(ms "$took")" "$(ratio "$took" "$whole")"
begin=$(date +%s%N)
"$KMEMLAB" replay -q -c "$scratch/tlb.yaml" --set access.bounds=1 "$sample" -o "$scratch/run.db" || exit
took=$(($(date +%s%N) - begin))
line 'the same with what bounds it' '%s ms, %s times as long' "$(ms "$took")" "$(ratio "$took" "$whole")"

echo 'costs: generic' >"$scratch/costs.yaml"
begin=$(date +%s%N)
"$KMEMLAB" replay -q -c "$scratch/costs.yaml" "$sample" -o "$scratch/run.db" || exit
took=$(($(date +%s%N) - begin))
line 'the same with costs' '%s ms, %s times as long' "$(ms "$took")" "$(ratio "$took" "$whole")"
begin=$(date +%s%N)
"$KMEMLAB" replay -q -c "$scratch/tlb.yaml" -c "$scratch/costs.yaml" "$sample" -o "$scratch/run.db" || exit
took=$(($(date +%s%N) - begin))
line 'the same with a virtual TLB and costs' '%s ms, %s times as long' "$(ms "$took")" "$(ratio "$took" "$whole")"

# Two workers beside one, over the same sixteen runs.
if [ "$(nproc)" -ge 2 ]; then
	cp "$here/../../traces/samples/cma-6.1-x86-1cpu.kmt" "$scratch/cma.kmt"
	printf '%s\n' 'traces: cma.kmt' 'vary:' '  policy.min_free_kbytes: [4096, 8192, 16384, 32768]' \
		'  policy.watermark_scale_factor: [10, 50, 100, 200]' >"$scratch/plan.yaml"
	for jobs in 1 2; do
		begin=$(date +%s%N)
		"$KMEMLAB" sweep "$scratch/plan.yaml" -q -j $jobs -o "$scratch/sweep$jobs.db" || exit
		eval "took$jobs=$(($(date +%s%N) - begin))"
	done
	# Set by the loop.
	# shellcheck disable=SC2154
	line 'sweep of 16 runs, one worker' '%s ms; two are %s times as fast' "$(ms "$took1")" "$(ratio "$took1" "$took2")"
fi
