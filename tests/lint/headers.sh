#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: headers.sh ROOT: each header compiles alone.
cd "$1" || exit 3
status=0
for header in $(find engine traces reports cli -name '*.h' | sort); do
	printf '#include "%s"\n' "$header" |
		${CC:-gcc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -fsyntax-only -x c - || {
		echo "$header: does not compile alone"
		status=1
	}
done
exit $status
