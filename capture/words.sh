#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Record what a Linux kernel's memory allocators do, with snapshots of its own files, as a bundle for kmemlab.
# Needs a POSIX shell (busybox is enough), root, and tracefs or debugfs; installs nothing. `kmemlab capture` prints it.
#
# 1. A trace buffer of its own is made (an instance), or, where the kernel has none, the common one is borrowed: every
#    setting is noted before it is changed, and put back at the end, whatever the end is.
# 2. The events that kmemlab reads and the kernel has are enabled, and probes for what the kernel does not trace.
# 3. Snapshots are taken between markers that are written into the trace: at the start, on request, at an interval, at
#    the end.
# 4. Buffer, snapshots and what the kernel says of itself become NAME.tar.gz.
set -u
LC_ALL=C
export LC_ALL
umask 077

# For tests: where the kernel's trees are.
proc=${KMEMLAB_PROC:-/proc} sys=${KMEMLAB_SYS:-/sys} tracing=${KMEMLAB_TRACING:-} run=${KMEMLAB_RUN:-}
[ -n "$run" ] || { [ -d /run ] && [ -w /run ] && run=/run; } || run=/tmp
lock=$run/kmemlab-capture

# What kmemlab reads, as SYSTEM:EVENT; a kernel has some of them.
events='
kmem:kmalloc kmem:kmalloc_node kmem:kfree kmem:kmem_cache_alloc kmem:kmem_cache_alloc_node kmem:kmem_cache_free
kmem:mm_page_alloc kmem:mm_page_free kmem:mm_page_free_direct kmem:mm_page_free_batched kmem:mm_pagevec_free
kmem:mm_page_alloc_zone_locked kmem:mm_page_pcpu_drain kmem:mm_page_alloc_extfrag
cma:cma_alloc_start cma:cma_alloc_finish cma:cma_alloc_busy_retry cma:cma_release cma:cma_alloc
page_isolation:test_pages_isolated
compaction:mm_compaction_isolate_migratepages compaction:mm_compaction_isolate_freepages
compaction:mm_compaction_fast_isolate_freepages compaction:mm_compaction_migratepages
compaction:mm_compaction_begin compaction:mm_compaction_end
migrate:mm_migrate_pages
vmscan:mm_vmscan_kswapd_wake vmscan:mm_vmscan_kswapd_sleep vmscan:mm_vmscan_wakeup_kswapd
vmscan:mm_vmscan_direct_reclaim_begin vmscan:mm_vmscan_direct_reclaim_end
percpu:percpu_alloc_percpu percpu:percpu_free_percpu percpu:percpu_create_chunk percpu:percpu_destroy_chunk
vmalloc:alloc_vmap_area vmalloc:purge_vmap_area_lazy vmalloc:free_vmap_area_noflush
filemap:mm_filemap_add_to_page_cache filemap:mm_filemap_delete_from_page_cache
sched:sched_process_fork sched:sched_process_exit
oom:mark_victim
'

# The same for a command line, which should be short.
boot_events="kmem:kmalloc,kmem:kmalloc_node,kmem:kfree,kmem:kmem_cache_alloc,kmem:kmem_cache_alloc_node,\
kmem:kmem_cache_free,kmem:mm_page_alloc,kmem:mm_page_free,kmem:mm_page_free_batched,kmem:mm_page_alloc_zone_locked,\
kmem:mm_page_pcpu_drain,kmem:mm_page_alloc_extfrag,cma:*,page_isolation:*,compaction:*,migrate:*,percpu:*,vmalloc:*,\
filemap:*,oom:*,sched:sched_process_fork,sched:sched_process_exit,vmscan:mm_vmscan_kswapd_wake,\
vmscan:mm_vmscan_kswapd_sleep,vmscan:mm_vmscan_wakeup_kswapd,vmscan:mm_vmscan_direct_reclaim_begin,\
vmscan:mm_vmscan_direct_reclaim_end"

usage() {
	cat <<'END'
usage: sh capture.sh [OPTION ...] [COMMAND [ARGUMENT ...]]    record while COMMAND runs, or until it is stopped
       sh capture.sh collect [OPTION ...] [COMMAND ...]       the same of a trace that began at boot
       sh capture.sh snap LABEL                               take a snapshot in the capture that is under way
       sh capture.sh stop                                     end it; so do Ctrl-C and signals
       sh capture.sh --boot                                   what to boot with, to trace from the beginning

  -o NAME     make NAME.tar.gz (kmemlab-RELEASE-TIME)
  -b KIB      size of the trace buffer of each CPU (a sixteenth of memory for all, at most 512 MiB)
  -i SECONDS  take a snapshot every so many seconds: t1, t2, ...
  -t SECONDS  end after so many seconds
  -e EVENTS   more events: SYSTEM:EVENT, with commas between
  -s          with call chains: who allocates (larger, slower)
  --no-kprobes  do not add probes for what the kernel does not trace
  --redact    without names of tasks, the command line, the kernel's messages (but on memory), and its symbols
  -h, --help  print this and stop

USR1 takes a snapshot, too. Exit status: 0 done, 1 done but events were lost, 2 usage, 3 it could not be done.
END
}

boot_text() {
	cat <<END
Boot the kernel with this on its command line:

  trace_event=$boot_events trace_buf_size=300M trace_clock=global no_hash_pointers

trace_buf_size is that of each CPU: a million events take about 80 MiB. Events that the kernel does not have are
named in its log and passed over. When it is up, as root, and the sooner the better:

  sh capture.sh collect [-o NAME] [COMMAND ...]

It takes a snapshot, runs COMMAND, takes another, and saves the buffer from the first event on.
END
}

say() {
	echo "capture: $*" >&2
}

fail() {
	say "$2"
	exit "$1"
}

have() {
	command -v "$1" >/dev/null 2>&1
}

is_number() {
	case $1 in
	'' | *[!0-9]* | 0*) return 1 ;;
	esac
	[ "${#1}" -le 9 ]
}

is_label() {
	case $1 in
	'' | *[!A-Za-z0-9_.-]* | .*) return 1 ;;
	esac
	[ "${#1}" -lt 64 ]
}

# ---- the capture that is under way, as others see it ----

# Where there is no /run, anybody may have made it.
lock_is_ours() {
	[ -d "$lock" ] && [ ! -L "$lock" ] && [ -O "$lock" ]
}

running_pid() {
	lock_is_ours && [ -r "$lock/pid" ] && read -r pid <"$lock/pid" && is_number "$pid" && kill -0 "$pid" 2>/dev/null
}

ask_snapshot() {
	is_label "$1" || fail 2 "a label is of letters, digits, _ . and -, and begins with none of the last two: '$1'"
	running_pid || fail 2 "no capture is under way"
	mkdir "$lock/request" 2>/dev/null || fail 3 "somebody else asks for a snapshot at this moment"
	rm -f "$lock/answer"
	echo "$1" >"$lock/request/label"
	kill -USR1 "$pid" || fail 3 "the capture has ended"
	while [ -d "$lock/request" ]; do
		running_pid || fail 3 "the capture has ended"
		sleep 1
	done
	[ -s "$lock/answer" ] || return 0
	fail 2 "$(cat "$lock/answer")"
}

ask_stop() {
	running_pid || fail 2 "no capture is under way"
	kill -TERM "$pid"
	while running_pid; do sleep 1; done
}
