#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: manual.sh ROOT KMEMLAB: the manual is well-formed mdoc, and each command's SYNOPSIS is what --help says.
root=$1 kmemlab=$2
status=0

for page in "$root"/man/*.[1-8]; do
	mandoc -Tlint -Wwarning "$page" || status=1
done

# One line, single blanks.
flat() { tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }

for command in $("$kmemlab" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	page=$root/man/kmemlab-$command.1
	[ "$command" = help ] && continue
	if [ ! -e "$page" ]; then
		echo "man/kmemlab-$command.1 is missing"
		status=1
		continue
	fi
	says=$("$kmemlab" "$command" --help | sed -n '1,/^$/p' | flat | sed 's/^usage: //')
	prints=$(mandoc -Tascii -O width=900 "$page" | sed 's/.\x08//g' |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' | flat)
	[ "$says" = "$prints" ] || {
		printf '%s\n' "man/kmemlab-$command.1: SYNOPSIS is not what --help says" \
			"  help: $says" "  page: $prints"
		status=1
	}
	for option in $("$kmemlab" "$command" --help | sed -n "s/^ \{2,6\}\(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p"); do
		mandoc -Tascii -O width=900 "$page" | sed 's/.\x08//g' | grep -q -e "$option" || {
			echo "man/kmemlab-$command.1: does not describe $option"
			status=1
		}
	done
	mandoc -Tascii "$root/man/kmemlab.1" | sed 's/.\x08//g' | grep -q "kmemlab-$command(1)" || {
		echo "man/kmemlab.1: does not name kmemlab-$command(1)"
		status=1
	}
done

# Every key of the configuration is described.
for key in $(sed -n 's/.*{ "\([a-z]*\)", "\([a-z_]*\)",.*/\2/p' "$root/cli/config_keys.c" 2>/dev/null); do
	grep -q "^\.It Li $key\$" "$root/man/kmemlab-config.5" || {
		echo "man/kmemlab-config.5: does not describe $key"
		status=1
	}
done
exit $status
