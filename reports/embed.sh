#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Print a file (standard input) as the C array `static const unsigned char NAME[]`, NUL-terminated.
# usage: embed.sh NAME < FILE > HEADER
set -eu
printf '/* Made by reports/embed.sh. */\nstatic const unsigned char %s[] = {\n' "$1"
od -An -v -tx1 | sed 's/ *\([0-9a-f][0-9a-f]\)/ 0x\1,/g'
printf ' 0x00\n};\n'
