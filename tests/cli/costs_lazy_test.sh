#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Nick Piggin's rounds of vmap and vunmap (traces/workloads/e2-vmap.yaml), a tenth of them, by the table opteron-2008, whose
# three constants were calibrated on his figures: each of the eight within 15 %; flushes and interrupts exactly.
set -u
here=$(cd "$(dirname "$0")" && pwd)
kmemlab=$(realpath "${KMEMLAB:?}")
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 3

sed 's/repeat: 10000/repeat: 1000/' "$here/../../traces/workloads/e2-vmap.yaml" >e2.yaml
echo 'costs: opteron-2008' >costs.yaml
"$kmemlab" gen -q e2.yaml -o e2.kmt || exit 1

# What one round took, by threads: two operations.
rounds() {
	sqlite3 "$1" "SELECT sum(total_ns) * 2 / sum(count) FROM v_latency_time JOIN v_samples USING (run, sample)
		WHERE path IN ('vmalloc', 'vfree') GROUP BY sample ORDER BY sample" | tr '\n' ' '
}
flushes() { sqlite3 "$1" "SELECT sum(flushes) || ' ' || sum(ipis) FROM v_stolen"; }

"$kmemlab" replay -q -c costs.yaml --set policy.vmalloc_lazy_pages=0 e2.kmt -o each.db || exit 1
"$kmemlab" replay -q -c costs.yaml e2.kmt -o lazy.db || exit 1
status=0
echo "$(rounds each.db)$(rounds lazy.db)" | awk '{
	n = split("14700 33600 49500 70631 2900 3000 2800 2900", published)
	for (i = 1; i <= n; i++) {
		off = ($i - published[i]) / published[i] * 100
		printf "%d ns published, %d by the model: %+.1f %%\n", published[i], $i, off
		bad += off > 15 || off < -15
	}
	exit bad || NF != n
}' || status=1

# Each unmapping flushes 7 other CPUs; 15,000 areas of 5 pages, of which the 6,554th is too many to wait.
[ "$(flushes each.db)" = '15000 105000' ] || { echo "each: $(flushes each.db)"; status=1; }
[ "$(flushes lazy.db)" = '2 14' ] || { echo "lazy: $(flushes lazy.db)"; status=1; }
exit $status
