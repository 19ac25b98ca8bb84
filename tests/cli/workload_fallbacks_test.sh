#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The published result of E5 in small, a quarter of everything, the watermarks too: fallbacks below pageblock order
# fall from policy to policy, in the published order: zone spreading leaves 51 % of the published ones (in small, where
# what CPUs keep of the counters is more beside the watermarks, a quarter), watermark boosting saves most of what is left.
set -u
kmemlab=${KMEMLAB:?names the program}
here=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
command -v sqlite3 >/dev/null || {
	echo "there is no sqlite3"
	exit 77
}
"$kmemlab" gen -q --set machine.memory=2GiB --set 'machine.zones={DMA32: 384MiB, Normal: rest}' \
	--set policy.min_free_kbytes=16896 \
	"$here/traces/workloads/e5-mixed.yaml" -o "$scratch/e5.kmt" || exit 1

# below OPTIONS…: fallbacks below pageblock order
below() {
	"$kmemlab" replay -q "$scratch/e5.kmt" -o "$scratch/run.db" "$@" &&
		sqlite3 "$scratch/run.db" "SELECT count(*) FROM v_fallbacks WHERE fallback_ord < 9"
}
neither=$(below --set policy.nofragment=0 --set policy.watermark_boost_factor=0)
spreading=$(below --set policy.watermark_boost_factor=0)
boosting=$(below)
complete=$(below --set policy.kswapd_delay_ns=0)
echo "$neither $spreading $boosting $complete"
[ "$neither" -gt "$spreading" ] && [ "$spreading" -gt "$boosting" ] && [ "$boosting" -gt "$complete" ] &&
	[ $((spreading * 5)) -lt $((neither * 3)) ] && [ $((spreading * 5)) -gt "$neither" ] &&
	[ $((boosting * 4)) -lt "$spreading" ]
