#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program O=builddir run.sh: every lint over this tree; then proof that each can fail.
set -u
here=$(dirname "$0")
root=$here/../..
failed=0 passed=0

run() {
	name=$1
	shift
	if said=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "  ok    $name"
		[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/        /'
	else
		failed=$((failed + 1))
		echo "  FAIL  $name"
		printf '%s\n' "$said" | sed 's/^/        /'
	fi
}

run layers "$here/layers.py" "$root"
run banned "$here/banned.py" "$root"
run variants "$here/variants.py" "$root"
run kernel_refs "$here/kernel_refs.py" "$root" "$O/kernel-source"
run headers "$here/headers.sh" "$root"
run format "$here/format.sh" "$root"
run sizes "$here/sizes.py" "$root"
run leftovers "$here/leftovers.py" "$root"
run state "$here/state.sh" "$O"
run manual "$here/manual.sh" "$root" "$KMEMLAB"
run selftest "$here/selftest.sh" "$O/kernel-source"
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
