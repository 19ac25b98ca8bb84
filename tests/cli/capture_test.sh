#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The capture script against a recorded tracefs (tracefs-6.1.txt, ordinary files): what it enables, marks, packs and puts
# back, under dash and busybox. On a kernel it is tried by hand: docs/capture-test.md.
set -u
here=$(cd "$(dirname "$0")" && pwd)
files=$here/../golden/files/tiny
program=$(cd "$(dirname "${KMEMLAB:?names the program}")" && pwd)/$(basename "$KMEMLAB")
for tool in dash busybox sqlite3 tar gzip; do
	command -v $tool >/dev/null || {
		echo "needs $tool"
		exit 77
	}
done
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
"$program" capture >"$scratch/capture.sh" || exit 1

# The recorded tree at DIRECTORY.
tracefs() {
	mkdir -p "$1"
	awk -v root="$1" '
		/^=== / {
			if (file) close(file)
			file = root "/" $2
			dir = file
			sub("/[^/]*$", "", dir)
			system("mkdir -p " dir)
			printf "" >file
			next
		}
		{ print >file }' "$here/tracefs-6.1.txt"
}

machine() {
	rm -rf machine
	mkdir -p machine/proc/sys/vm machine/proc/sys/kernel machine/sys machine/run
	echo 0 >machine/proc/sys/kernel/kptr_restrict
	cp -r "$scratch/tracefs" machine/tracing
	cp "$files"/snap/start/* "$files/meta/version" machine/proc
	echo 'console=ttyS0 secret=1 movablecore=0' >machine/proc/cmdline
	printf 'MemTotal:       65536 kB\n' >machine/proc/meminfo
	sed -n 's/^vm\.//p' "$files/meta/sysctl_vm" | while read -r name _ value; do
		echo "$value" >machine/proc/sys/vm/"$name"
	done
	buffer=machine/tracing
}

# Buffers of one's own: a directory that fills itself, and empties itself.
instances() {
	mkdir machine/tracing/instances
	cat >prelude.sh <<'END'
mkdir() {
	command mkdir "$@" || return
	case $1 in
	*/instances/kmemlab) cp -r ../tracefs/. "$1" ;;
	esac
}
rmdir() {
	case $1 in
	*/instances/kmemlab) rm -rf "$1" ;;
	*) command rmdir "$@" ;;
	esac
}
END
	buffer=machine/tracing/instances/kmemlab
}

# What the settings come to: "global" of "local [global] counter".
state() {
	find machine/tracing machine/proc/sys machine/run -type f ! -name format ! -name trace ! -name trace_marker ! -name kprobe_events |
		sort | while read -r file; do
		echo "$file $(sed 's/.*\[\(.*\)\].*/\1/; s/.*(expanded: \(.*\))/\1/' "$file")"
	done
	ls machine/run machine/tracing
	# a probe that is taken off again is none
	awk '{ name = $1; off = sub(/^-:/, "", name); sub(/^[pr]:/, "", name); on[name] = !off }
		END { for (name in on) if (on[name]) print name }' machine/tracing/kprobe_events
}

capture() {
	cat prelude.sh ../capture.sh >script.sh
	KMEMLAB_PROC=$PWD/machine/proc KMEMLAB_SYS=$PWD/machine/sys KMEMLAB_RUN=$PWD/machine/run \
		KMEMLAB_TRACING=$PWD/machine/tracing $shell script.sh "$@"
}

bad() {
	echo "FAIL $shell, $case: $*"
	failed=1
}

# same TEXT FILE
same() {
	printf '%s\n' "$1" | diff - "$2" >difference || {
		bad "not as it should be: $2"
		cat difference
	}
}

# While nothing is recorded but what is there: the kernel has gone on to its next state.
goes_on() {
	cp "$files"/snap/end/* machine/proc
	cat "$files/trace.txt" >"$buffer/trace"
}

until_there() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -e "$1" ] && return
		sleep 0.2
	done
	bad "there is no $1"
}

digest() {
	"$program" replay -q "$1" -o run.db && sqlite3 run.db 'SELECT digest FROM v_runs'
	rm -f run.db
}

test_common_buffer() {
	machine
	state >before
	cat >work.sh <<END
cp $files/snap/end/* machine/proc
cat $files/trace.txt >machine/tracing/trace
cat machine/tracing/tracing_on machine/tracing/trace_clock machine/tracing/events/kmem/kfree/enable \
	machine/tracing/events/kmemlab/alloc_pages_bulk/enable machine/tracing/buffer_size_kb \
	machine/proc/sys/kernel/kptr_restrict >during
END
	capture -o tiny -b 3000 sh work.sh 2>said || bad "ended with $?"
	state >after
	cmp before after || bad "tracing is not as it was"
	same "1
global
1
1
3000
1" during
	same "capture: describing the kernel
capture: this kernel has no trace buffers for one user alone: the common one is taken, what is in it goes
capture: a buffer of 3000 KiB for each CPU
capture: 31 kinds of events
capture: probes: alloc_pages_bulk
capture: could not be probed: kmem_cache_alloc_bulk kmem_cache_free_bulk vmalloc_size vmalloc_addr vfree
capture: snapshot start
capture: snapshot end
capture: saving the trace
capture: tiny.tar.gz is complete; look at it with: kmemlab check tiny.tar.gz" said
	for label in start end; do
		echo "kmemlab snapshot begin $label"
		for file in buddyinfo pagetypeinfo zoneinfo meminfo; do
			echo "kmemlab read $label /proc/$file"
			echo "kmemlab done $label /proc/$file"
		done
		echo "kmemlab snapshot end $label"
	done >markers
	cmp markers machine/tracing/trace_marker || bad "markers"
	# the same bundle as the recorded one: replayed, it comes to the same in every row
	"$program" check tiny.tar.gz >/dev/null || bad "the bundle is not sound"
	[ "$(digest tiny.tar.gz)" = "$(digest "$files")" ] || bad "the bundle replays to something else"
	tar -xzf tiny.tar.gz
	diff -r "$files/snap/end" tiny/snap/end | grep -v ': meminfo$' && bad "snapshot end"
	diff "$files/meta/sysctl_vm" tiny/meta/sysctl_vm || bad "tunables"
	cmp machine/tracing/events/kmem/kfree/format tiny/meta/formats/kmem.kfree || bad "formats"
	capture -o tiny sh work.sh 2>said && bad "the bundle was replaced"
	same "capture: tiny exists; remove it, or choose another name with -o" said
}

test_own_buffer() {
	machine
	instances
	state >before
	cat >work.sh <<END
cat $files/trace.txt >$buffer/trace
cat >>$buffer/trace <<'LINES'
          secret-132     [000] .....    12.927647: alloc_pages_bulk: (__vmalloc_node_range+0x264/0x880 <- __alloc_pages_bulk) pages=4
       a pid=3 b-132     [000] .....    12.927721: sched_process_fork: comm=a pid=3 b pid=132 child_comm=my secret child_pid=133
          secret-132     [000] .....    12.927730: sched_process_exit: comm=secret pid=132 prio=120
          secret-132     [000] .....    12.927730: tracing_mark_write: secret
          secret-132     [000] .....    12.936834: kmemlab_vfree: (vfree+0x0/0xa0) addr=0xff4b36de00498000
LINES
cat machine/tracing/tracing_on machine/tracing/events/kmem/kfree/enable $buffer/events/kmem/kfree/enable \
	$buffer/options/overwrite $buffer/options/stacktrace >during
END
	capture -o own -s --redact sh work.sh 2>said || bad "ended with $?"
	state >after
	cmp before after || bad "tracing is not as it was"
	same "1
0
1
0
1" during
	tar -xzf own.tar.gz
	gzip -d own/trace.txt.gz
	grep -e secret -e script -e 'drop table' -e 'a pid' own/trace.txt && bad "names are left"
	sed -n 's/.*sched_process_\(fork\|exit\)/\1/p' own/trace.txt >got
	same "fork: comm=task pid=132 child_comm=task child_pid=133
exit: comm=task pid=132 prio=120" got
	same "movablecore=0" own/meta/cmdline
	"$program" check own | grep -e other -e fork -e sound | tr -s ' ' >got
	same " other 2
 sched_process_fork 1
 sound" got
}

test_requests() {
	machine
	instances
	state >before
	capture -o asked -i 1 --no-kprobes 2>said &
	capturing=$!
	until_there asked.partial/snap/start
	goes_on
	capture snap asked || bad "snap ended with $?"
	capture snap asked 2>refused && bad "a second snapshot asked"
	same "capture: there is a snapshot asked already" refused
	capture snap .. 2>/dev/null && bad "a label that leads outside"
	capture -o other true 2>/dev/null && bad "a second capture"
	kill -USR1 "$(cat machine/run/kmemlab-capture/pid)"
	until_there asked.partial/snap/snap3/zoneinfo
	until_there asked.partial/snap/t2/zoneinfo
	capture stop || bad "stop ended with $?"
	wait $capturing || bad "the capture ended with $?"
	state >after
	cmp before after || bad "tracing is not as it was"
	tar -tzf asked.tar.gz | sed -n 's|^asked/snap/\([a-z0-9]*\)/$|\1|p' | grep -v '^t[3-9]' | sort >got
	same "asked
end
snap3
start
t1
t2" got
	capture snap late 2>/dev/null && bad "a snapshot of nothing"
	capture stop 2>/dev/null && bad "nothing stopped"
}

test_interruptions() {
	machine
	instances
	state >before
	# before there is anything to wait for: it ends all the same
	cp prelude.sh plain.sh
	cat >>prelude.sh <<'END'
cat() {
	[ ! -d early.partial/snap/start ] || [ -e told ] || {
		: >told
		kill -TERM $$
	}
	command cat "$@"
}
END
	capture -o early 2>/dev/null &
	until_there early.tar.gz
	wait $! || bad "stopped early, it ended with $?"
	cp plain.sh prelude.sh
	# while it saves: there is no bundle
	echo 'dmesg() { kill -TERM $$; }' >>prelude.sh
	capture -o broken true 2>/dev/null
	[ $? -eq 130 ] || bad "interrupted, it did not say so"
	state >after
	cmp before after || bad "tracing is not as it was"
	ls -d broken* 2>/dev/null && bad "left"
	# killed: what it left the next one takes away
	instances 2>/dev/null
	capture -o killed -t 3 2>/dev/null &
	until_there killed.partial/snap/start
	kill -KILL "$(cat machine/run/kmemlab-capture/pid)"
	wait
	[ -d $buffer ] || bad "nothing was left"
	capture -o next sh -c "cat $files/trace.txt >$buffer/trace" 2>said || bad "the next one: $? $(cat said)"
	state >after
	diff before after || bad "tracing is not as it was"
}

test_losses_and_strings() {
	machine
	sed -i 's/dropped events: 0/dropped events: 7/' machine/tracing/per_cpu/cpu0/stats
	# this kernel loses strings where pointers are no hashes; then the trace is put together of two readings
	cat >lines <<'END'
# tracer: nop
            bash-42      [000] .....     1.000001: kmalloc: call_site=a+0x1/0x2 ptr=00000000deadbeef bytes_req=8 bytes_alloc=8 gfp_flags= node=-1 accounted=false
     ptr=1 x: y:-42      [000] .....     1.000002: percpu_free_percpu: base_addr=00000000aaaaaaaa off=64 ptr=00000000bbbbbbbb
            bash-42      [000] .....     1.000003: mm_page_free: page=00000000cccccccc pfn=0x2000 order=0
END
	capture -o lossy cp lines machine/tracing/trace 2>said
	[ $? -eq 1 ] || bad "lost events are no status 1"
	grep -q '^capture: 7 events were lost' said || bad "lost events are not told"
	tar -xzf lossy.tar.gz
	gzip -dc lossy/trace.txt.gz | cmp - lines || bad "the trace is another"
	"$program" check lossy.tar.gz | grep -q '7 events' || bad "check finds no loss"
	# the second reading's pointers take the hashes' place
	sed -n '/^only_pointers()/,/^}/p; /^put_pointers()/,/^}/p' ../capture.sh >two.sh
	echo 'only_pointers <lines >pointers; tr a-f 0-5 <lines | sed "s/24ll/kmalloc/" >/dev/null
sed -e "s/deadbeef/11111111/; s/aaaaaaaa/22222222/; s/bbbbbbbb/33333333/" lines >>true.txt
only_pointers <true.txt >pointers; put_pointers pointers <lines >merged' >>two.sh
	$shell two.sh
	cmp true.txt merged || bad "pointers are not put in place of hashes"
}

test_usage() {
	machine
	for words in "-x" "-b 0" "-b x" "-t 1 true" "-o" "-o -x true" "-o d/ true" "--redact -e a:b true" "snap" "-e no:event true"; do
		# shellcheck disable=SC2086 # words
		capture $words 2>/dev/null
		[ $? -eq 2 ] || bad "$words: not status 2"
	done
	state >after
	[ ! -e machine/run/kmemlab-capture ] || bad "a lock is left"
	mkdir elsewhere
	echo "$PWD/machine/tracing/current_tracer function" >elsewhere/undo
	ln -s "$PWD/elsewhere" machine/run/kmemlab-capture
	capture true 2>/dev/null
	[ $? -eq 3 ] || bad "somebody else's lock was taken"
	grep -q nop machine/tracing/current_tracer || bad "somebody else's settings were restored"
	rm machine/run/kmemlab-capture
	capture collect -o boot sh -c "cat $files/trace.txt >machine/tracing/trace" 2>/dev/null || bad "collect: $?"
	"$program" check boot.tar.gz >/dev/null || bad "what was collected is not sound"
	echo 0 >machine/tracing/tracing_on
	capture collect -o off true 2>/dev/null && bad "collected where tracing is off"
	capture --boot | cmp - "$scratch/boot" || bad "--boot"
}

"$program" capture --boot >"$scratch/boot"
tracefs "$scratch/tracefs"
all() {
	failed=0
	for case in common_buffer own_buffer requests interruptions losses_and_strings usage; do
		: >prelude.sh
		test_$case
	done
	exit $failed
}
status=0
for shell in dash "busybox ash"; do
	mkdir "$scratch/${shell% *}"
	(cd "$scratch/${shell% *}" && all >"../${shell% *}.log" 2>&1) &
	eval "${shell% *}=$!"
done
# shellcheck disable=SC2154 # by eval
wait "$dash" || status=1
wait "$busybox" || status=1
cat "$scratch"/*.log
exit $status
