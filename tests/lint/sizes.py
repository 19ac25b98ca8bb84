#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: sizes.py ROOT: files of at most 600 lines, functions of at most 60, lines of at most 100 columns (headers' and
sources' own text; a string that must not be broken may be longer)."""
import subprocess
import sys

import source

FILE_LINES, FUNCTION_LINES, COLUMNS = 600, 60, 100


def functions(root, paths):
    """(path, name, first line, last line) of every function."""
    out = subprocess.run(["ctags", "-x", "--c-kinds=f", "--fields=+ne", "--_xformat=%{input}\t%{name}\t%{line}\t%{end}",
                          "-L", "-"], input="\n".join(paths), capture_output=True, text=True, cwd=root, check=True).stdout
    for line in out.splitlines():
        path, name, first, last = line.split("\t")
        yield path, name, int(first), int(last or first)


def main():
    root, found = sys.argv[1], []
    paths = source.files(root, source.CODE + ("tests",))
    for path in paths:
        lines = source.read(root, path).splitlines()
        if len(lines) > FILE_LINES:
            found.append(f"{path}: {len(lines)} lines, more than {FILE_LINES}")
        for n, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > COLUMNS and '"' not in line:
                found.append(f"{path}:{n}: {len(line.expandtabs(8))} columns, more than {COLUMNS}")
    for path, name, first, last in functions(root, paths) if paths else ():
        if last - first + 1 > FUNCTION_LINES:
            found.append(f"{path}:{first}: {name}() has {last - first + 1} lines, more than {FUNCTION_LINES}")
    source.finish(found)


main()
