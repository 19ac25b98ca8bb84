#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: format.sh ROOT: C is as clang-format 14 leaves it.
cd "$1" || exit 3
find engine traces reports cli tests -name '*.[ch]' | sort | xargs -P "$(nproc)" -n 16 sh -c '
	status=0
	for file; do
		clang-format-14 --style=file "$file" | cmp -s - "$file" || {
			echo "$file: not as clang-format-14 -i $file would leave it"
			status=1
		}
	done
	exit $status' format
