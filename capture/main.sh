# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# ---- from the beginning to the end ----

stop=0 asked=0 tick=0 nr_asked=0 nr_ticks=0 child='' timer=''

ended() {
	restore
	rm -rf "$lock"
	[ -z "${work:-}" ] || rm -rf "$work"
}

begin() {
	work=$bundle.partial
	for file in "$bundle" "$bundle.tar" "$bundle.tar.gz" "$work"; do
		[ ! -e "$file" ] || fail 2 "$file exists; remove it, or choose another name with -o"
	done
	# requests wait until there is something to take a snapshot of
	trap 'asked=1' USR1
	trap 'tick=1' USR2
	take_lock
	trap ended EXIT
	trap 'exit 130' HUP INT PIPE TERM
	find_tracing || fail 3 "neither tracefs nor debugfs: this wants root, and a kernel with CONFIG_TRACING"
	find_debugfs
	# at 0 the kernel hides the addresses of vmallocinfo from root, too
	set_to "$proc/sys/kernel/kptr_restrict" 1
	mkdir "$work" "$work/meta" "$work/meta/formats" "$work/snap" || fail 3 "$work cannot be made"
	say "describing the kernel"
	describe_kernel
	if [ "$collect" = 1 ]; then
		buffer=$tracing
		value=''
		setting "$tracing/tracing_on"
		[ "$value" = 1 ] || fail 2 "tracing is off: boot with what 'sh capture.sh --boot' prints"
	else
		take_leftovers
		choose_buffer
		set_tracing_up
	fi
	keep_formats
}

# What signals have asked for meanwhile.
serve_requests() {
	if [ "$asked" = 1 ]; then
		asked=0
		requested_snapshot
	fi
	if [ "$tick" = 1 ]; then
		tick=0 nr_ticks=$((nr_ticks + 1))
		snapshot "t$nr_ticks"
	fi
}

# While a command runs, or time passes: snapshots as they are asked for.
record() {
	trap 'stop=1' HUP INT TERM
	[ "$collect" = 1 ] || set_to "$buffer/tracing_on" 1
	snapshot start
	if [ -n "$interval" ]; then
		(
			trap 'kill ${nap:-}; exit' TERM
			while :; do
				sleep "$interval" &
				nap=$!
				wait "$nap"
				kill -USR2 $$
			done
		) >/dev/null 2>&1 &
		timer=$!
	fi
	status=0
	if [ "$stop" = 0 ]; then
		"$@" <&0 &
		child=$!
	fi
	while [ "$stop" = 0 ]; do
		serve_requests
		wait "$child"
		status=$?
		[ "$stop$asked$tick" != 000 ] || break
		# a signal ended the waiting, or the command its run, or both
		kill -0 "$child" 2>/dev/null && continue
		wait "$child" && status=0 || status=$?
		break
	done
	[ "$stop" = 0 ] || [ -z "$child" ] || kill "$child" 2>/dev/null
	[ -z "$timer" ] || kill "$timer" 2>/dev/null
	wait 2>/dev/null
	serve_requests
	snapshot end
}

finish() {
	trap 'exit 130' HUP INT PIPE TERM
	trap '' USR1 USR2
	set_to "$buffer/tracing_on" 0
	say "saving the trace"
	keep_losses
	save_trace || fail 3 "the trace could not be saved; is there room for $work?"
	if [ "$redact" = 1 ]; then
		redacted_dmesg >"$work/meta/dmesg"
	else
		dmesg >"$work/meta/dmesg" 2>/dev/null || rm -f "$work/meta/dmesg"
	fi
	restore
	mv "$work" "$bundle" || fail 3 "$bundle cannot be made"
	work=''
	pack
}

pack() {
	base=${bundle##*/} place=.
	[ "$base" = "$bundle" ] || place=${bundle%/*}
	if ! have tar; then
		say "there is no tar here: the bundle is the directory $bundle"
		return
	fi
	out=$bundle.tar
	if have gzip; then
		out=$out.gz
		tar -cf - -C "${place:-/}" "$base" | gzip -1 >"$out"
	else
		tar -cf "$out" -C "${place:-/}" "$base"
	fi || fail 3 "$out could not be packed; the bundle is the directory $bundle"
	rm -rf "$bundle"
	say "$out is complete; look at it with: kmemlab check $out"
}

options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-o | -b | -i | -t | -e)
			[ $# -gt 1 ] || fail 2 "$1 needs a value; see sh capture.sh --help"
			case $1 in
			-o) bundle=$2 ;;
			-b) size=$2 ;;
			-i) interval=$2 ;;
			-t) duration=$2 ;;
			-e) more=$(echo "$2" | tr , ' ') ;;
			esac
			shift
			;;
		-s) stacks=1 ;;
		--no-kprobes) kprobes=0 ;;
		--redact) redact=1 ;;
		-h | --help)
			usage
			exit 0
			;;
		--)
			shift
			break
			;;
		-*) fail 2 "there is no option $1; see sh capture.sh --help" ;;
		*) break ;;
		esac
		shift
	done
	bundle=${bundle%.tar.gz}
	case ${bundle##*/} in
	'' | -*) fail 2 "-o takes a name, not '$bundle'" ;;
	esac
	for value in "$size" "$interval" "$duration"; do
		[ -z "$value" ] || is_number "$value" || fail 2 "-b, -i and -t take a whole number, not '$value'"
	done
	[ "$redact" = 0 ] || [ -z "$more" ] || fail 2 "--redact does not know what the events of -e tell"
	[ $# -eq 0 ] || [ -z "$duration" ] || fail 2 "-t and a COMMAND do not go together: it ends when COMMAND does"
	left=$#
}

main() {
	size='' interval='' duration='' more='' stacks=0 kprobes=1 redact=0 collect=0
	bundle=kmemlab-$(uname -r)-$(date +%Y%m%d-%H%M%S)
	case ${1:-} in
	snap)
		[ $# -eq 2 ] || fail 2 "snap takes one label"
		ask_snapshot "$2"
		return
		;;
	stop)
		ask_stop
		return
		;;
	--boot)
		boot_text
		return
		;;
	collect)
		collect=1
		shift
		;;
	esac
	options "$@"
	while [ $# -gt "$left" ]; do shift; done
	endless=0
	[ $# -gt 0 ] || [ -n "$duration" ] || endless=1
	[ $# -gt 0 ] || set -- sleep "${duration:-999999999}"
	begin
	[ "$endless" = 0 ] || say "recording; end it with Ctrl-C or: sh capture.sh stop"
	record "$@"
	finish
	[ "$status" = 0 ] || [ "$stop" = 1 ] || say "the command ended with status $status"
	[ "$lost" = 0 ] && return
	say "$lost events were lost: capture again with a larger buffer (-b)"
	return 1
}

main "$@"
