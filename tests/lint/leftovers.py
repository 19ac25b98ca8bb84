#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: leftovers.py ROOT: nothing unfinished, nothing of one machine, an SPDX line in every source."""
import os
import re
import subprocess
import sys

import source

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK|(?i:st" r"ub(bed|s)?|not imple" r"mented))\b")
MACHINE = re.compile(r"(?<![\w.])/(work|home|root|Users)/\w")
TEXT = (".c", ".h", ".sh", ".py", ".md", ".sql", ".mk", ".yaml", ".1", ".5", ".7")


def tracked(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True)
    if out.returncode == 0 and out.stdout:
        return [p for p in out.stdout.split("\0") if p and os.path.exists(os.path.join(root, p))]
    return source.files(root, (".",), TEXT)


def main():
    root, found = sys.argv[1], []
    for path in tracked(root):
        name = os.path.basename(path)
        if not (name.endswith(TEXT) or name in ("Makefile", "run", "need")):
            continue
        if re.match(r"(\./)?tests/(golden/cases|fuzz/seeds)/", path):
            continue
        text = source.read(root, path)
        if name.endswith((".c", ".h", ".sh", ".py", ".mk")) and "SPDX-License-Identifier: GPL-2.0-only" not in text[:200]:
            found.append(f"{path}:1: no SPDX line")
        for number, line in enumerate(text.splitlines(), 1):
            for pattern in (UNFINISHED, MACHINE):
                m = pattern.search(line)
                if m:
                    found.append(f"{path}:{number}: '{m[0]}'")
            if line.rstrip() != line and not name.endswith(".md"):
                found.append(f"{path}:{number}: blanks at the end of the line")
    source.finish(found)


main()
