#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: state.sh DIRECTORY: the objects below it keep no mutable file-level state.
cd "$1" || exit 3
status=0
for object in $(find engine traces reports cli -name '*.o' 2>/dev/null | sort); do
	# .data.rel.ro is constant once the program is loaded; __odr_asan and the like are the sanitizer's.
	found=$(objdump -t "$object" | awk '$NF !~ /^__|^\.L|__odr_asan/ && / O \.(data|bss|tdata|tbss)(\.[^r]|\t| )/ && !/\.data\.rel\.ro/ { print $NF }')
	for name in $found; do
		echo "$object: $name can change and belongs to no object"
		status=1
	done
done
exit $status
