#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every text form of one workload, as a real kernel wrote it: the events by kind are those grep finds, what is lost is
# what awk adds up, and text -> .kmt -> text -> .kmt is the same file. Without the shared captures, the excerpts in
# files/ are taken through the same. forms_oracle.py decodes every event by itself; packed and through a pipe each is
# the same trace.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=${KMEMLAB:?names the program}
shared=$here/../../../shared/traces
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
failed=0
fail() {
	echo "$*"
	failed=$((failed + 1))
}

# grep's counts: "NAME COUNT" per tracepoint that the model knows by this name.
counts() {
	for kind in kmalloc kfree kmem_cache_alloc kmem_cache_free mm_page_alloc mm_page_free mm_page_free_batched \
		mm_page_alloc_zone_locked mm_page_pcpu_drain mm_page_alloc_extfrag percpu_alloc_percpu; do
		n=$(grep -Ec ": +(kmem:)?$kind: " "$1")
		[ "$n" -eq 0 ] || echo "$kind $n"
	done | sort
}
# What check counts of the same.
ours() {
	"$program" check --json "$1" >"$scratch/json"
	[ $? -le 1 ] || fail "$1: check fails"
	python3 - "$scratch/json" "$scratch/counts" <<-'END'
		import json, sys
		known = json.load(open(sys.argv[1]))
		wanted = {line.split()[0] for line in open(sys.argv[2])}
		for kind, n in sorted(known["kinds"].items()):
		    if kind in wanted:
		        print(kind, n)
	END
}
lost() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["lost_events"])' "$scratch/json"; }

# Every event and every field, decoded a second time by another program.
oracle() {
	mkdir -p "$scratch/named/meta"
	echo "Linux version 6.1.192 (host)" >"$scratch/named/meta/version"
	cp "$1" "$scratch/named/trace.txt"
	"$program" convert "$scratch/named" -o "$scratch/named.txt" 2>/dev/null
	said=$(python3 "$here/forms_oracle.py" "$1" "$scratch/named.txt") || fail "$1: $said"
}
# As .zst, as .gz, each from a file and from standard input, which is a pipe.
packed() {
	zstd -qf "$1" -o "$scratch/p.zst"
	gzip -c "$1" >"$scratch/p.gz"
	for how in "$1" "$scratch/p.zst" "$scratch/p.gz"; do
		rm -f "$scratch/p.kmt" "$scratch/q.kmt"
		"$program" convert "$how" -o "$scratch/p.kmt" 2>/dev/null
		cmp -s "$scratch/a.kmt" "$scratch/p.kmt" || fail "$how: not the trace of $1"
		cat "$how" | "$program" convert - -o "$scratch/q.kmt" 2>/dev/null
		cmp -s "$scratch/a.kmt" "$scratch/q.kmt" || fail "$how: through a pipe not the trace of $1"
	done
}

form() {
	counts "$1" >"$scratch/counts"
	[ -s "$scratch/counts" ] || fail "$1: grep finds nothing"
	ours "$1" >"$scratch/ours"
	cmp -s "$scratch/counts" "$scratch/ours" || fail "$1: other counts than grep's: $(diff "$scratch/counts" "$scratch/ours")"
	# "CPU:0 [LOST 73 EVENTS]", and the header's "entries-in-buffer/entries-written: 823/20663" without stack entries
	wanted=$(awk '/^CPU:.*LOST/ { n += $3 } /entries-written/ { split($3, e, "/"); n += e[2] - e[1] } END { print n + 0 }' "$1")
	[ "$(lost)" -eq "$wanted" ] || fail "$1: $(lost) lost, not $wanted"
	"$program" convert "$1" -o "$scratch/a.kmt" 2>/dev/null && "$program" convert "$scratch/a.kmt" -o "$scratch/b.txt.zst" \
		2>/dev/null && "$program" convert "$scratch/b.txt.zst" -o "$scratch/b.kmt" 2>/dev/null
	cmp "$scratch/a.kmt" "$scratch/b.kmt" || fail "$1: text and back is another trace"
	oracle "$1"
	packed "$1"
	if [ "$wanted" -gt 0 ]; then
		"$program" convert --strict "$1" -o "$scratch/c.kmt" 2>/dev/null
		[ $? -eq 1 ] || fail "$1: --strict does not see the losses"
	fi
}

directory=$here/files
if [ -e "$shared/forms-6.1-debian.tar.zst" ]; then
	tar -C "$scratch" -xf "$shared/forms-6.1-debian.tar.zst" || exit 3
	directory=$scratch/forms-6.1-debian
else
	echo "the shared forms are not here: excerpts instead"
fi
for file in "$directory"/*.txt; do
	case $file in
	*/raw.txt | */function_graph.txt)
		said=$("$program" check "$file" 2>&1) && fail "$file: not refused"
		case $said in
		*"raw or hex option"* | *"no events"*) ;;
		*) fail "$file: refused without the reason: $said" ;;
		esac
		;;
	*) form "$file" ;;
	esac
done

if [ -e "$shared/perf-6.1-debian-2cpu.tar.zst" ] && command -v perf >/dev/null; then
	tar -C "$scratch" -xf "$shared/perf-6.1-debian-2cpu.tar.zst" || exit 3
	form "$scratch/perf-6.1-debian-2cpu/perf.script"
	# The same events; perf here does not know that kernel's symbols, and cuts times only in its text.
	for file in perf.data perf.script; do
		"$program" convert "$scratch/perf-6.1-debian-2cpu/$file" -o "$scratch/$file.txt" || fail "$file: not converted"
		sed 's/call_site=[^ ]*//; s/[0-9]*\.[0-9]*: //' "$scratch/$file.txt" >"$scratch/$file.plain"
	done
	cmp "$scratch/perf.data.plain" "$scratch/perf.script.plain" || fail "perf.data and perf script differ"
fi
printf 'PERFILE2' >"$scratch/perf.data"
said=$(PATH=/nowhere "$program" check "$scratch/perf.data" 2>&1)
case $said in
*"perf script > FILE"*) ;;
*) fail "without perf: $said" ;;
esac

# A long text through a pipe: memory does not grow with it.
line='            bash-42      [001] .....     7.000001: kfree: call_site=a+0x1/0x2 ptr=00000000000000ff'
python3 - "$program" "$line" <<-'END' || fail "a long text through a pipe takes memory"
	import subprocess, sys
	p = subprocess.Popen([sys.argv[1], "check", "-q", "-"], stdin=subprocess.PIPE)
	block = (sys.argv[2] + "\n").encode() * 10000
	for i in range(300_000_000 // len(block)):
	    p.stdin.write(block)
	p.stdin.flush()
	# Read while it works: the peak is what counts.
	p.stdin.close()
	peak = 0
	while p.poll() is None:
	    try:
	        for row in open(f"/proc/{p.pid}/status"):
	            if row.startswith("VmHWM"):
	                peak = max(peak, int(row.split()[1]))
	    except OSError:
	        break
	    try:
	        p.wait(0.02)
	    except subprocess.TimeoutExpired:
	        pass
	print("peak KiB", peak)
	sys.exit(p.returncode != 0 or not 0 < peak < 64 * 1024)
END
[ "$failed" -eq 0 ]
