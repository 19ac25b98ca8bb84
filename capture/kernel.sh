# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# ---- snapshots ----

mark() {
	{ echo "kmemlab $*" >>"$buffer/trace_marker"; } 2>/dev/null || say "a marker could not be written: $*"
}

# copy LABEL PATH [NAME]: the file PATH, as the marker calls it.
copy() {
	from=$proc${2#/proc}
	[ "$from" = "$proc$2" ] && from=$sys${2#/sys}
	[ -r "$from" ] || return 0
	mark "read $1 $2"
	cat "$from" >"$work/snap/$1/${2##*/}" 2>/dev/null || rm -f "$work/snap/$1/${2##*/}"
	mark "done $1 $2"
}

copy_areas() {
	[ -d "$sys/kernel/debug/cma" ] || return 0
	mark "read $1 /sys/kernel/debug/cma"
	for area in "$sys"/kernel/debug/cma/*; do
		[ -d "$area" ] || continue
		name=${area##*/}
		for key in base_pfn count order_per_bit used maxchunk bitmap; do
			[ -r "$area/$key" ] && read -r value <"$area/$key" && echo "${name#cma-} $key $value"
		done
	done >"$work/snap/$1/cma"
	mark "done $1 /sys/kernel/debug/cma"
	[ -s "$work/snap/$1/cma" ] || rm -f "$work/snap/$1/cma"
}

snapshot() {
	if ! mkdir "$work/snap/$1" 2>/dev/null; then
		say "there is a snapshot $1 already"
		return 1
	fi
	mark "snapshot begin $1"
	for file in buddyinfo pagetypeinfo zoneinfo slabinfo vmallocinfo meminfo vmstat; do
		copy "$1" "/proc/$file"
	done
	copy "$1" /sys/kernel/debug/extfrag/extfrag_index
	copy "$1" /sys/kernel/debug/extfrag/unusable_index
	copy_areas "$1"
	copy "$1" /proc/kpageflags
	mark "snapshot end $1"
	[ ! -e "$work/snap/$1/kpageflags" ] || ! have gzip || gzip -1 "$work/snap/$1/kpageflags"
	say "snapshot $1"
}

# Of a request by `snap`, or of a bare signal.
requested_snapshot() {
	nr_asked=$((nr_asked + 1)) label=snap$nr_asked
	if [ -d "$lock/request" ]; then
		read -r label <"$lock/request/label"
		is_label "$label" || label=snap$nr_asked
	fi
	snapshot "$label" || echo "there is a snapshot $label already" >"$lock/answer"
	rm -rf "$lock/request"
}

# ---- what the kernel says of itself ----

keep_meta() {
	[ -r "$1" ] || return 0
	cat "$1" >"$work/meta/$2" 2>/dev/null || rm -f "$work/meta/$2"
}

# Only parameters that lay out memory or tracing.
redacted_cmdline() {
	read -r line <"$proc/cmdline"
	kept=''
	set -f
	for word in $line; do
		case $word in
		kernelcore=* | movablecore=* | movable_node | cma=* | hugepages=* | hugepagesz=* | default_hugepagesz=* | \
			trace_* | no_hash_pointers | nokaslr | slub_* | slab_* | page_owner=* | \
			transparent_hugepage=* | numa=* | mem=* | maxcpus=* | nr_cpus=*) kept="$kept $word" ;;
		esac
	done
	set +f
	echo "${kept# }"
}

redacted_dmesg() {
	dmesg 2>/dev/null | grep -E 'Zone ranges|(DMA|DMA32|Normal|HighMem|Movable)  *(\[mem|zone|empty)|node +[0-9]+: \[mem|Fallback order|\.\.\.\. node|Memory: [0-9]|Policy zone|zonelists|cma: Reserved|Kernel command line: *$'
}

# Each tunable but those that act when they are read.
tunables() {
	for file in "$proc"/sys/vm/*; do
		name=${file##*/}
		case $name in
		stat_refresh | compact_memory | drop_caches) continue ;;
		esac
		# whole: a second read of such a file finds its end, and the shell's own reads one byte at a time
		[ -f "$file" ] && value=$(cat "$file" 2>/dev/null) && echo "vm.$name = $value"
	done
}

slab_attributes() {
	for cache in "$sys"/kernel/slab/*; do
		name=${cache##*/}
		if [ -L "$cache" ]; then
			root=$(readlink "$cache")
			echo "alias $name ${root##*/}"
			continue
		fi
		[ -d "$cache" ] || continue
		line=$name
		for pair in size=object_size slab_size=slab_size order=order objs=objs_per_slab cpu_partial=cpu_partial \
			min_partial=min_partial align=align aliases=aliases reclaim=reclaim_account dma=cache_dma; do
			value=''
			[ -r "$cache/${pair#*=}" ] && read -r value <"$cache/${pair#*=}" 2>/dev/null
			line="$line ${pair%%=*}=$value"
		done
		echo "$line"
	done
}

describe_kernel() {
	keep_meta "$proc/version" version
	keep_meta "$proc/cpuinfo" cpuinfo
	keep_meta "$proc/iomem" iomem
	tunables >"$work/meta/sysctl_vm"
	[ ! -d "$sys/kernel/slab" ] || slab_attributes >"$work/meta/slab_attrs"
	for node in "$sys"/devices/system/node/node[0-9]*; do
		[ -d "$node" ] || continue
		keep_meta "$node/cpulist" "${node##*/}_cpulist"
		keep_meta "$node/distance" "${node##*/}_distance"
	done
	if [ -r "$proc/config.gz" ] && have gzip; then
		gzip -dc "$proc/config.gz" >"$work/meta/config"
	else
		keep_meta "/boot/config-$(uname -r)" config
	fi
	if [ "$redact" = 1 ]; then
		redacted_cmdline >"$work/meta/cmdline"
	else
		keep_meta "$proc/cmdline" cmdline
		keep_meta "$proc/kallsyms" kallsyms
		[ ! -e "$work/meta/kallsyms" ] || ! have gzip || gzip -1 "$work/meta/kallsyms"
	fi
}

# Which formats there are in the trace: of every event that is enabled.
keep_formats() {
	for file in "$buffer"/events/*/*/enable; do
		value=''
		setting "$file" || continue
		[ "$value" = 1 ] || continue
		event=${file%/enable}
		system=${event%/*}
		keep_meta "$event/format" "formats/${system##*/}.${event##*/}"
	done
	for event in print kernel_stack; do
		keep_meta "$buffer/events/ftrace/$event/format" "formats/ftrace.$event"
	done
}

# What the buffer says of its own losses: kept, and how many in all.
keep_losses() {
	lost=0
	for cpu in "$buffer"/per_cpu/cpu[0-9]*; do
		[ -r "$cpu/stats" ] || continue
		echo "${cpu##*/}"
		cat "$cpu/stats"
	done >"$work/meta/ring_stats"
	while read -r line; do
		case $line in
		'overrun: '* | 'commit overrun: '* | 'dropped events: '*)
			count=${line##*: }
			is_number "$count" && lost=$((lost + count))
			;;
		esac
	done <"$work/meta/ring_stats"
}

# No name of a task, wherever a line has one; lines that a name broke in two go.
redact_trace() {
	sed -e '/^#/b' -e '/^ *=> /b' -e '/^CPU:[0-9]* \[LOST /b' \
		-e 's/^.\{16\}-\([0-9][0-9]* *\(([-0-9 ]*) *\)\{0,1\}\[[0-9]*\]\)/            task-\1/' -e 't event' -e d \
		-e ':event' -e 's/child_comm=.* child_pid=/child_comm=task child_pid=/' \
		-e 's/comm=.* pid=/comm=task pid=/' -e 's/ comm=.* total-vm=/ comm=task total-vm=/' \
		-e 's/\(tracing_mark_write: \)\(kmemlab \)\{0,1\}/\1\2/' -e '/tracing_mark_write: kmemlab /b' \
		-e 's/\(tracing_mark_write: \).*/\1redacted/'
}

# Pointers are printed as hashes unless the option hash-ptr is off, and where it is, some kernels lose the strings of a
# line: so it is read twice, the pointers for themselves first, and then put in where their hashes stand.
only_pointers() {
	awk '{
		words = ""
		if (match($0, /[0-9]: [a-z_]+: /))
			for (n = split(substr($0, RSTART + RLENGTH), word, " "); n; n--)
				if (word[n] ~ /^(ptr|base_addr)=[0-9a-f]+$/) words = words " " word[n]
		print words
	}'
}

put_pointers() {
	awk -v from="$1" '{
		words = ""
		getline words < from
		match($0, /[0-9]: [a-z_]+: /)
		head = substr($0, 1, RSTART + RLENGTH - 1)
		rest = " " substr($0, RSTART + RLENGTH)
		n = split(words, word, " ")
		for (i = 1; i <= n; i++)
			if (match(rest, " " substr(word[i], 1, index(word[i], "=")) "[^ ]+"))
				rest = substr(rest, 1, RSTART) word[i] substr(rest, RSTART + RLENGTH)
		print n ? head substr(rest, 2) : $0
	}'
}

# Does a line lack its strings?
lacks_strings() {
	head -n 2000 "$buffer/trace" | grep -q -e ' gfp_flags= ' -e ' gfp_flags=$' -e ' name=$'
}

filtered() {
	if [ "$redact" = 1 ]; then
		redact_trace
	else
		cat
	fi
}

packed() {
	if have gzip; then
		gzip -1
	else
		cat
	fi
}

unpacked() {
	if have gzip; then
		gzip -dc "$1"
	else
		cat "$1"
	fi
}

save_trace() {
	out=$work/trace.txt
	! have gzip || out=$out.gz
	if ! grep -qw no_hash_pointers "$proc/cmdline" && set_option hash-ptr 0 && lacks_strings; then
		have awk && have mkfifo && only_pointers <"$buffer/trace" | packed >"$work/pointers"
		set_option hash-ptr 1
	fi
	if [ -s "$work/pointers" ]; then
		mkfifo "$work/pipe"
		unpacked "$work/pointers" >"$work/pipe" &
		put_pointers "$work/pipe" <"$buffer/trace" | filtered | packed >"$out" || return 1
		rm -f "$work/pipe" "$work/pointers"
	else
		filtered <"$buffer/trace" | packed >"$out" || return 1
	fi
	[ -s "$out" ]
}
