#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# E2 and E3. E2: flushes and interrupts of 1, 2, 4 and 8 threads that map and unmap, exactly. Each unmapping for itself:
# one flush, seven interrupts. Together: 5 pages an area, fls(8) * 32 MiB = 32768 pages may wait: every 6554th flushes.
# E3: areas looked at for each request of lib/test_vmalloc.c's bodies: by tree fewer than by list, for each of them; and than
# by a list that is searched from where the last search ended, where requests are of many kinds or tasks are born meanwhile:
# of long_busy_list, of which 70 % less time is published, 3,000 areas of its 15,000 for each request.
set -u
kmemlab=${KMEMLAB:?names the program}
here=$(cd "$(dirname "$0")/../.." && pwd)/traces/workloads
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
command -v sqlite3 >/dev/null || {
	echo "there is no sqlite3"
	exit 77
}
failed=0
# ask FILE OPTIONS… : the run of it, and what SQL says of that
ask() {
	sql=$1 file=$2
	shift 2
	"$kmemlab" replay -q "$scratch/$file.kmt" -o "$scratch/run.db" "$@" && sqlite3 -separator ' ' "$scratch/run.db" "$sql"
}
made() { "$kmemlab" gen -q "$here/$1.yaml" -o "$scratch/$1.kmt" || exit 1; }

flushes="SELECT group_concat(flushes || ' ' || ipis, ', ') FROM v_vmalloc JOIN v_samples USING (run, sample)
	WHERE label LIKE 'threads-%'"
rounds='10000 30000 70000 150000' # of all threads, so far
each='' together=''
for n in $rounds; do
	each="$each${each:+, }$n $((n * 7))"
	together="$together${together:+, }$((n / 6554)) $((n / 6554 * 7))"
done
made e2-vmap
for kernel in 2.6.34 3.5 6.1 6.12; do
	got=$(ask "$flushes" e2-vmap --set policy.kernel=$kernel)
	[ "$got" = "$together" ] || { echo "$kernel, together: $got, not $together" && failed=1; }
	got=$(ask "$flushes" e2-vmap --set policy.kernel=$kernel --set policy.vmalloc_lazy_pages=0)
	[ "$got" = "$each" ] || { echo "$kernel, each: $got, not $each" && failed=1; }
done

looked="SELECT 1000 * steps / searches FROM v_vmalloc ORDER BY sample DESC LIMIT 1"
for body in fix_size full_fit long_busy_list random_size fix_align random_size_align align_shift pcpu vmalloc performance; do
	made e3-$body
	list=$(test $body = performance || ask "$looked" e3-$body --set policy.kernel=2.6.34)
	begun=$(ask "$looked" e3-$body --set policy.kernel=3.5)
	tree=$(ask "$looked" e3-$body)
	[ "${list:-$begun}" -gt "$tree" ] || { echo "$body: $list in the list, $tree in the tree" && failed=1; }
	case $body in
	random_size_align | align_shift | vmalloc | performance | long_busy_list)
		[ "$begun" -gt "$tree" ] || { echo "$body: $begun in the list, $tree in the tree" && failed=1; }
		;;
	esac
done
since="SELECT 1000 * (v.steps - u.steps) / (v.searches - u.searches) FROM v_vmalloc AS v, v_vmalloc AS u, v_samples AS a,
	v_samples AS b WHERE v.sample = a.sample AND u.sample = b.sample AND a.label = 'lived' AND b.label = 'alone'"
begun=$(ask "$since" e3-long_busy_list --set policy.kernel=3.5)
[ "$begun" -gt 3000000 ] || { echo "long_busy_list while tasks are born: $begun" && failed=1; }
exit $failed
