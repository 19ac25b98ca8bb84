# SPDX-License-Identifier: GPL-2.0-only
"""What the lints share: the files of a tree, and C without its comments and strings."""
import os
import re
import sys

CODE = ("engine", "traces", "reports", "cli")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(root, folders=CODE, endings=(".c", ".h")):
    """Paths below @root, relative to it, sorted."""
    found = []
    for folder in folders:
        for here, dirs, names in os.walk(os.path.join(root, folder)):
            dirs[:] = [d for d in dirs if d != "__pycache__"]
            found += [os.path.relpath(os.path.join(here, n), root) for n in names if n.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def blank(text, strings=True):
    """The same text, as long and with the same lines, but comments (and strings) are blanks."""
    def gone(m):
        if not strings and m[0][0] in "\"'":
            return m[0]
        keep = m[0][0] if m[0][0] in "\"'" else " "
        return keep + re.sub(r"[^\n]", " ", m[0][1:-1]) + keep if len(m[0]) > 1 else keep
    return TOKEN.sub(gone, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def finish(findings):
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
