#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Seeding reads the first snapshot and nothing later: with every other label's files gone, or wrong, a run has the same
# rows. The bundle is made from the capture itself, so it needs the unpacked one.
set -u
shared=../shared/traces
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
failed=0

digest() { sqlite3 "$1" 'SELECT digest FROM v_runs'; }

for name in files-6.1-debian-1cpu files-6.1-x86-1cpu; do
	[ -e "$shared/$name.tar.zst" ] || {
		echo "skipped: there is no $shared/$name.tar.zst"
		exit 77
	}
	tar -C "$scratch" -xf "$shared/$name.tar.zst" || exit 3
	for mode in observe predict; do
		"$KMEMLAB" replay -q -m $mode "$scratch/$name" -o "$scratch/whole.db" || failed=1
		mkdir "$scratch/aside"
		cp -r "$scratch/$name/snap" "$scratch/aside/snap"
		for label in mid1 mid2 mid3 end; do
			for file in buddyinfo pagetypeinfo zoneinfo vmallocinfo; do
				sed 's/[1-9]/7/g' "$scratch/aside/snap/start/$file" >"$scratch/$name/snap/$label/$file"
			done
			rm -f "$scratch/$name/snap/$label/kpageflags.gz"
		done
		"$KMEMLAB" replay -q -m $mode "$scratch/$name" -o "$scratch/altered.db" || failed=1
		rm -rf "$scratch/$name/snap/mid1" "$scratch/$name/snap/mid2" "$scratch/$name/snap/mid3" "$scratch/$name/snap/end"
		"$KMEMLAB" replay -q -m $mode "$scratch/$name" -o "$scratch/gone.db" || failed=1
		rm -rf "$scratch/$name/snap"
		mv "$scratch/aside/snap" "$scratch/$name/snap"
		rmdir "$scratch/aside"
		for other in altered gone; do
			[ "$(digest "$scratch/whole.db")" = "$(digest "$scratch/$other.db")" ] || {
				echo "$name, $mode: with later snapshots $other the run has other rows"
				failed=1
			}
		done
	done
	rm -rf "${scratch:?}/$name"
done
exit $failed
