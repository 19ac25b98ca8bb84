# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# ---- tracefs, and all that is changed in it ----

mounted='' buffer='' instance='' probes=''

find_tracing() {
	[ -z "$tracing" ] || return 0
	for tracing in "$sys/kernel/tracing" "$sys/kernel/debug/tracing"; do
		[ -e "$tracing/trace_marker" ] && return 0
	done
	for place in "tracefs $sys/kernel/tracing" "debugfs $sys/kernel/debug"; do
		# shellcheck disable=SC2086 # type and place
		set -- $place
		[ -d "$2" ] || continue
		mount -t "$1" none "$2" 2>/dev/null || continue
		mounted="$2 $mounted"
		for tracing in "$2" "$2/tracing"; do
			[ -e "$tracing/trace_marker" ] && return 0
		done
	done
	tracing=''
	return 1
}

# CMA areas and fragmentation indices are debugfs' alone.
find_debugfs() {
	debug=$sys/kernel/debug
	[ -d "$debug" ] || return 0
	for entry in "$debug"/*; do
		[ -e "$entry" ] && return 0
	done
	mount -t debugfs none "$debug" 2>/dev/null && mounted="$debug $mounted"
	return 0
}

# What a file of settings says now: "1408", "global" of "local [global] counter", "1408" of "7 (expanded: 1408)".
setting() {
	[ -r "$1" ] || return 1
	read -r value 2>/dev/null <"$1" || [ -n "${value:-}" ] || return 1
	case $value in
	*'['*']'*)
		value=${value#*'['}
		value=${value%%']'*}
		;;
	*'(expanded: '*)
		value=${value#*'(expanded: '}
		value=${value%')'*}
		;;
	esac
}

write_to() {
	{ echo "$2" >"$1"; } 2>/dev/null
}

# What FILE was, for whoever ends this: on disk, for the next capture if it is nobody. A buffer of one's own goes as a whole.
note() {
	case $1 in
	"${instance:-/absent}"/*) return ;;
	esac
	{
		echo "$1 $2"
		[ ! -e "$lock/undo" ] || cat "$lock/undo"
	} >"$lock/undo.new"
	mv "$lock/undo.new" "$lock/undo"
}

# set_to FILE VALUE: note what it was, change it; false where that cannot be.
set_to() {
	value=''
	setting "$1" || return 1
	[ "$value" = "$2" ] && return 0
	old=$value
	write_to "$1" "$2" || return 1
	note "$1" "$old"
}

# An option of the trace, by its own file or by the list of all.
set_option() {
	if [ -e "$buffer/options/$1" ]; then
		set_to "$buffer/options/$1" "$2"
		return
	fi
	no='' back=no
	[ "$2" = 1 ] || no=no back=''
	grep -qx "$no$1" "$buffer/trace_options" 2>/dev/null && return 0
	write_to "$buffer/trace_options" "$no$1" || return 1
	note "$buffer/trace_options" "$back$1"
}

remove_probes() {
	for probe in $probes; do
		[ -e "$buffer/events/kmemlab/$probe/enable" ] && write_to "$buffer/events/kmemlab/$probe/enable" 0
	done
	[ -z "$instance" ] || rmdir "$instance" 2>/dev/null
	for probe in $probes; do
		{ echo "-:kmemlab/$probe" >>"$tracing/kprobe_events"; } 2>/dev/null
	done
	probes='' instance=''
}

# The last change first.
restore_settings() {
	[ -r "$lock/undo" ] || return 0
	while read -r file before; do
		[ -e "$file" ] || continue
		value=''
		setting "$file"
		[ "$value" = "$before" ] || write_to "$file" "$before" || say "$file is not $before again"
	done <"$lock/undo"
	rm -f "$lock/undo"
}

# Everything as it was.
restore() {
	[ -z "$instance" ] || write_to "$instance/tracing_on" 0
	restore_settings
	remove_probes
	for place in $mounted; do
		umount "$place/tracing" 2>/dev/null # debugfs mounts it by itself
		umount "$place" 2>/dev/null
	done
	mounted=''
}

# Left by a capture that was killed: its lock, its buffer, its probes.
take_lock() {
	if ! mkdir "$lock" 2>/dev/null; then
		lock_is_ours || fail 3 "$lock cannot be made, or is somebody else's"
		running_pid && fail 3 "another capture is under way (process $pid); end it with: sh capture.sh stop"
		restore_settings
		rm -rf "$lock"
		mkdir "$lock" || fail 3 "$lock cannot be made"
	fi
	echo $$ >"$lock/pid"
}

take_leftovers() {
	instance=$tracing/instances/kmemlab
	if [ -d "$instance" ]; then
		for file in "$instance"/events/kmemlab/*/enable; do
			[ -e "$file" ] && write_to "$file" 0
		done
		rmdir "$instance"
	fi
	instance=''
	[ -r "$tracing/kprobe_events" ] || return 0
	probes=$(sed -n 's|^[pr][0-9]*:kmemlab/\([a-z_]*\) .*|\1|p' "$tracing/kprobe_events")
	remove_probes
}

choose_buffer() {
	if mkdir "$tracing/instances/kmemlab" 2>/dev/null; then
		if [ -e "$tracing/instances/kmemlab/trace_marker" ]; then
			instance=$tracing/instances/kmemlab
			buffer=$instance
			# sizing the one makes the kernel forget what the other would have grown to
			value=''
			setting "$tracing/buffer_size_kb" && is_number "$value" && note "$tracing/buffer_size_kb" "$value"
			return
		fi
		rmdir "$tracing/instances/kmemlab"
	fi
	buffer=$tracing
	say "this kernel has no trace buffers for one user alone: the common one is taken, what is in it goes"
}

memory_kib() {
	while read -r name kib _; do
		[ "$name" = MemTotal: ] && echo "$kib" && return
	done <"$proc/meminfo"
	echo 65536
}

nr_cpus() {
	n=0
	for cpu in "$tracing"/per_cpu/cpu[0-9]*; do
		[ -d "$cpu" ] && n=$((n + 1))
	done
	echo $((n ? n : 1))
}

# As large as asked for, or as there is room for.
size_buffer() {
	kib=$size
	if [ -z "$kib" ]; then
		kib=$(($(memory_kib) / 16))
		[ "$kib" -le 524288 ] || kib=524288
		kib=$((kib / $(nr_cpus)))
		[ "$kib" -ge 1408 ] || kib=1408
	fi
	value=''
	setting "$buffer/buffer_size_kb"
	if [ "$value" = X ]; then
		for file in "$buffer"/per_cpu/cpu*/buffer_size_kb; do
			setting "$file" && note "$file" "$value"
		done
	elif [ -n "$value" ]; then
		note "$buffer/buffer_size_kb" "$value"
	fi
	until write_to "$buffer/buffer_size_kb" "$kib"; do
		[ -z "$size" ] || fail 3 "there is no room for a buffer of $kib KiB for each CPU; choose a smaller one with -b"
		kib=$((kib / 2))
		[ "$kib" -ge 64 ] || fail 3 "there is no room for a trace buffer"
	done
	say "a buffer of $kib KiB for each CPU"
}

set_tracing_up() {
	set_to "$buffer/tracing_on" 0 || fail 3 "$buffer cannot be written: this wants root, and a kernel that is not locked down"
	[ -n "$instance" ] || set_to "$buffer/current_tracer" nop
	size_buffer
	set_to "$buffer/trace_clock" global || say "the kernel's clocks cannot be chosen: CPUs may be out of step"
	write_to "$buffer/trace" ''
	set_option overwrite 0 # what comes last is lost, not the start
	set_option record-cmd $((!redact))
	[ "$stacks" = 0 ] || set_option stacktrace 1 || say "this kernel has no call chains"
	[ "$redact" = 1 ] || set_to "$tracing/saved_cmdlines_size" 8192
	enable_events
	[ "$kprobes" = 0 ] || add_probes
}

enable_events() {
	n=0
	for event in $events; do
		file=$buffer/events/${event%%:*}/${event#*:}/enable
		[ -e "$file" ] && set_to "$file" 1 && n=$((n + 1))
	done
	[ "$n" -gt 0 ] || fail 3 "the kernel has none of the events (CONFIG_TRACING, CONFIG_FTRACE); nothing to record"
	for event in $more; do
		file=$buffer/events/${event%%:*}/${event#*:}/enable
		[ -e "$file" ] || fail 2 "the kernel has no event $event"
		set_to "$file" 1 && n=$((n + 1))
	done
	say "$n kinds of events"
}

# ---- what the kernel does not trace ----

# probe NAME p|r 'FUNCTION ...' 'ARGUMENTS': by the first of the functions that it can be put on.
probe() {
	for function in $3; do
		{ echo "$2:kmemlab/$1 $function $4" >>"$tracing/kprobe_events"; } 2>/dev/null || continue
		file=$buffer/events/kmemlab/$1/enable
		[ -e "$file" ] && write_to "$file" 1 && probes="$probes $1" && return 0
		{ echo "-:kmemlab/$1" >>"$tracing/kprobe_events"; } 2>/dev/null
	done
	missing="$missing $1"
}

# $arg1 ... by their registers where the kernel is older than these names (4.20).
# shellcheck disable=SC2016 # the dollars are the kernel's
arguments() {
	case $(uname -m) in
	x86_64) echo "$1" | sed 's/\$arg1/%di/g; s/\$arg2/%si/g; s/\$arg3/%dx/g; s/\$arg4/%cx/g' ;;
	aarch64) echo "$1" | sed 's/\$arg1/%x0/g; s/\$arg2/%x1/g; s/\$arg3/%x2/g; s/\$arg4/%x3/g' ;;
	*) echo "$1" ;;
	esac
}

entry_probe() {
	before=$missing
	probe "$1" p "$2" "$3"
	[ "$missing" = "$before" ] && return
	missing=$before
	probe "$1" p "$2" "$(arguments "$3")"
}

# shellcheck disable=SC2016 # the dollars are the kernel's
add_probes() {
	missing=''
	if [ ! -w "$tracing/kprobe_events" ]; then
		say "no kprobes here: bulk allocations stay untraced"
		return
	fi
	pointers='ptr=+0($arg3):x64[64]'
	probe alloc_pages_bulk r 'alloc_pages_bulk_noprof __alloc_pages_bulk' 'pages=$retval:u64'
	entry_probe kmem_cache_alloc_bulk 'kmem_cache_alloc_bulk_noprof kmem_cache_alloc_bulk' \
		'cache=$arg1:x64 objects=$arg3:u64'
	entry_probe kmem_cache_free_bulk kmem_cache_free_bulk "cache=\$arg1:x64 objects=\$arg2:u64 $pointers"
	if [ ! -d "$tracing/events/vmalloc" ]; then
		entry_probe vmalloc_size '__vmalloc_node_range_noprof __vmalloc_node_range __vmalloc_node' \
			'bytes=$arg1:u64 align=$arg2:u64'
		probe vmalloc_addr r '__vmalloc_node_range_noprof __vmalloc_node_range __vmalloc_node' 'addr=$retval:x64'
		entry_probe vfree vfree 'addr=$arg1:x64'
	fi
	[ -z "$probes" ] || say "probes:$probes"
	[ -z "$missing" ] || say "could not be probed:$missing"
}
