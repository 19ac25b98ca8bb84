#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: selftest.sh CACHE: each lint finds the fault of a small bad tree, and finds nothing in the same tree without it.
# CACHE is that of kernel_refs.py.
set -u
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cache=$(cd "$1" && pwd) || exit 3
tree=$(mktemp -d) || exit 3
trap 'rm -rf "$tree"' EXIT
failed=0
spdx='/* SPDX-License-Identifier: GPL-2.0-only */'

# A tree that every lint likes.
good_tree() {
	rm -rf "$tree/r" && mkdir -p "$tree/r" && cd "$tree/r" || exit 3
	mkdir -p engine/core engine/buddy engine/pcp engine/metrics engine/machine traces reports cli tests man
	cp "$here/../../.clang-format" .
	printf '%s\n#ifndef T_H\n#define T_H\n\n#endif\n' "$spdx" >engine/core/types.h
	printf '%s\n/*\n * Kernel: mm/page_alloc.c:__free_one_page() [6.1]\n */\n#ifndef B_H\n#define B_H\n\n#include "engine/core/types.h"\n\n#endif\n' "$spdx" >engine/buddy/buddy.h
	printf '%s\n#include "engine/buddy/buddy.h"\n\nint buddy_one(void);\n\nint buddy_one(void)\n{\n\treturn 1;\n}\n' "$spdx" >engine/buddy/buddy.c
	printf '%s\n#include "engine/core/types.h"\n' "$spdx" >traces/read.c
}

# lint NAME ARGUMENTS…: run one over the tree.
lint() {
	name=$1
	shift
	"$here/$name" "$@" >"$tree/said" 2>&1
}

# finds NAME WHAT [ARGUMENT]: the lint fails, and its words hold WHAT.
finds() {
	if lint "$1" "${4:-$tree/r}" ${3:+"$3"}; then
		echo "$1 does not find: $2"
		failed=1
	elif ! grep -q -e "$2" "$tree/said"; then
		echo "$1 fails, but not for: $2"
		cat "$tree/said"
		failed=1
	fi
	good_tree
}

likes() {
	lint "$1" "$tree/r" ${2:+"$2"} || {
		echo "$1 dislikes a good tree:"
		cat "$tree/said"
		failed=1
	}
}

add() { printf '%s\n' "$2" >>"$1"; }

good_tree
for each in layers.py banned.py variants.py headers.sh format.sh sizes.py leftovers.py; do
	likes "$each"
done
likes kernel_refs.py "$cache"

add engine/buddy/buddy.c '#include "engine/machine/machine.h"'
finds layers.py 'machine is not below buddy'
add engine/buddy/buddy.c '#include "traces/trace.h"'
finds layers.py 'the engine sees nothing above it'
add engine/pcp/pcp.c '#include "engine/buddy/inner.h"'
finds layers.py 'a room is entered through'
add engine/buddy/buddy.c '#include "engine/metrics/metrics.h"'
finds layers.py 'metrics is seen by machine'
add traces/read.c '#include "engine/buddy/buddy.h"'
finds layers.py 'traces sees engine/event.h'
add reports/page.c '#include "traces/trace.h"'
finds layers.py 'reports sees engine/result.h'
add traces/read.c '#include <sqlite3.h>'
finds layers.py 'has one door'
add engine/buddy/buddy.c '# include <yaml.h>'
finds layers.py 'has one door'

add cli/main.c 'void f(char *s) { strcpy(s, "x"); }'
finds banned.py 'strcpy()'
add reports/page.c 'long f(void) { return time (0); }'
finds banned.py 'time()'
add traces/read.c 'void f(void) { printf("x"); }'
finds banned.py 'printf()'
add engine/buddy/buddy.c 'void f(void) { exit(1); }'
finds banned.py 'exit()'
add engine/buddy/buddy.c 'static double share;'
finds banned.py 'counts in integers'
add reports/page.c 'void f(int *a) { qsort(a, 2, sizeof(*a), by_half); }'
finds banned.py 'qsort by by_half'
add reports/page.c 'void f(int *a) { fprintf(out, "%d %p", 1, a); }'
finds banned.py '%p'

add engine/buddy/buddy.c 'int f(const char *k) { return !strcmp(k, "6.12"); }'
finds variants.py 'compares a kernel'
add reports/page.c 'int f(const char *k) { return strcasecmp("slub", k); }'
finds variants.py 'compares a kernel'
add engine/buddy/buddy.c 'int f(const char *k, int *a, int *b) { return sscanf(k, "%d.%d", a, b); }'
finds variants.py 'takes a release apart'

add engine/core/types.h 'extern struct unknown_thing a[sizeof(struct unknown_thing)];'
finds headers.sh 'engine/core/types.h: does not compile alone'
add engine/buddy/buddy.c 'int   buddy_two( void );'
finds format.sh 'engine/buddy/buddy.c: not as clang-format'

{ echo 'int long_one(void)'; echo '{'; yes '	f();' | head -n 60; echo '}'; } >>engine/buddy/buddy.c
finds sizes.py 'long_one() has'
yes '/* */' | head -n 601 >engine/core/long.c
finds sizes.py 'more than 600'
add engine/buddy/buddy.c "/* $(yes word | head -n 30 | tr '\n' ' ')*/"
finds sizes.py 'columns, more than 100'

add engine/buddy/buddy.c "/* TO""DO: the rest */"
finds leftovers.py "'TO""DO'"
add engine/buddy/buddy.c "/* see /ho""me/someone */"
finds leftovers.py "/ho""me/s"
echo 'int x;' >engine/buddy/bare.c
finds leftovers.py 'no SPDX line'

sed -i 's/__free_one_page/__free_no_such_page/' engine/buddy/buddy.h
if [ -e /usr/src/linux-source-6.1.tar.xz ]; then
	finds kernel_refs.py 'has no __free_no_such_page' "$cache"
fi
good_tree
sed -i 's/Kernel:/Like/' engine/buddy/buddy.h
finds kernel_refs.py 'says of nothing which kernel code it models' "$cache"

mkdir -p "$tree/o/engine" && printf 'static int counter = 3;\nint next(void);\nint next(void) { return counter++; }\n' |
	${CC:-gcc} -c -o "$tree/o/engine/bad.o" -x c -
finds state.sh 'counter can change' '' "$tree/o"

# The manual against a program whose help says something else.
cat >"$tree/program" <<'END'
#!/bin/sh
case "$*" in
help) echo "  thing     does things" ;;
*) printf 'usage: kmemlab thing [--new] FILE\n\n' ;;
esac
END
chmod +x "$tree/program"
page() {
	printf '.Dd January 1, 2024\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd does\n.Sh SYNOPSIS\n.Nm kmemlab thing\n%s\n.Ar FILE\n.Sh DESCRIPTION\n%s\n' \
		"$1" "$2" "$3" "$4" >"man/$2.1"
}
page KMEMLAB kmemlab '' '.Xr kmemlab-thing 1'
page KMEMLAB-THING kmemlab-thing '.Op Fl -old' 'Text --old --new.'
finds manual.sh 'SYNOPSIS is not what --help says' "$tree/program"

[ "$failed" -eq 0 ] && echo "every lint can fail"
exit "$failed"
