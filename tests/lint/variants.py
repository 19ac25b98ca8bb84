#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: variants.py ROOT: no kernel's and no allocator's name is compared outside engine/variant/ and cli/."""
import re
import sys

import source

NAME = re.compile(r'"(?:\d+\.\d+(?:\.\d+)?|sl[aou]b)"', re.I)
COMPARE = re.compile(r"\bstr(?:n?case)?n?(?:cmp|str)\s*\(")
PARSE = re.compile(r'\bsscanf\s*\([^;]*"%\d*[du]\.%\d*[du]')


def main():
    root, found = sys.argv[1], []
    for path in source.files(root, ("engine", "reports", "traces")):
        if path.startswith("engine/variant/"):
            continue
        text = source.blank(source.read(root, path), strings=False)
        for m in COMPARE.finditer(text):
            call = text[m.start():text.find(";", m.start())]
            if NAME.search(call):
                found.append(f"{path}:{source.line_of(text, m.start())}: compares a kernel's or allocator's name; "
                             "make it data or an ops table of the profile")
        if path.startswith("engine/"):
            for m in PARSE.finditer(text):
                found.append(f"{path}:{source.line_of(text, m.start())}: takes a release apart; "
                             "that is engine/variant's work")
    source.finish(found)


main()
