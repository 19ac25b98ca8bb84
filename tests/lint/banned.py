#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: banned.py ROOT: calls and types that would break determinism, or the habits of CONTRIBUTING.md."""
import os
import re
import sys

import source

EVERYWHERE = {
    "sprintf vsprintf strcpy strcat gets strtok": "it does not know how much room there is",
    "atoi atol atoll": "it does not say what is wrong with its input",
    "system popen": "a shell in between",
    "tmpnam mktemp tempnam": "the name is free until someone else takes it",
    "rand srand random srandom drand48 rand_r": "random numbers come from a seeded generator that is passed in",
    "time gmtime localtime ctime asctime strftime": "a run must not depend on when it runs",
    "setlocale": "output must not depend on the locale",
    "alloca": "memory whose lack nobody notices",
}
BELOW_CLI = {
    "printf vprintf puts putchar fprintf perror": "the engine and the readers never print",
    "exit _exit quick_exit abort": "the engine and the readers never end the program",
    "getenv secure_getenv": "the environment is read by the command line",
}
ENGINE = {
    "clock_gettime gettimeofday clock": "time is the trace's",
    "fopen open openat read write fread fwrite mmap": "the engine does no I/O",
}
# km_bug() says what broke and ends the program: that is its work.
MAY = {("engine/core/diag.c", "fprintf"), ("engine/core/diag.c", "abort")}
FLOAT = re.compile(r"\b(float|double)\b")
ALLOWED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "qsort.allow")


def calls_banned_in(path):
    tables = [EVERYWHERE]
    if path.startswith(("engine/", "traces/")):
        tables.append(BELOW_CLI)
    if path.startswith("engine/"):
        tables.append(ENGINE)
    return {name: why for table in tables for names, why in table.items() for name in names.split()}


def qsort_allowed(root):
    """(path, comparator) pairs whose order is total."""
    path = os.path.join(root, "tests/lint/qsort.allow")
    with open(path if os.path.exists(path) else ALLOWED, encoding="utf-8") as f:
        return {tuple(line.split()[:2]) for line in f if line.strip() and not line.startswith("#")}


def check(root, path, allowed, used):
    raw = source.read(root, path)
    text = source.blank(raw)
    found = []

    def say(at, what):
        found.append(f"{path}:{source.line_of(text, at)}: {what}")

    for name, why in calls_banned_in(path).items():
        for m in re.finditer(rf"(?<![\w.>]){name}\s*\(", text):
            if (path, name) not in MAY:
                say(m.start(), f"{name}(): {why}")
    for m in re.finditer(r"\bqsort(?:_r)?\s*\((?:[^,()]|\([^()]*\))*,(?:[^,()]|\([^()]*\))*,(?:[^,()]|\([^()]*\))*,\s*(\w+)",
                         text):
        used.add((path, m[1]))
        if (path, m[1]) not in allowed:
            say(m.start(), f"qsort by {m[1]}: say in tests/lint/qsort.allow why its order is total")
    if path.startswith("engine/"):
        for m in FLOAT.finditer(text):
            say(m.start(), f"{m[0]}: the engine counts in integers")
    if not path.startswith("cli/"):
        for m in re.finditer(r'"(?:\\.|[^"\\\n])*%p', source.blank(raw, strings=False)):
            say(m.start(), "%p: where memory lies is no part of a result")
    return found


def main():
    root, found, used = sys.argv[1], [], set()
    allowed = qsort_allowed(root)
    for path in source.files(root):
        found += check(root, path, allowed, used)
    for path, name in sorted(allowed - used):
        if os.path.isdir(os.path.join(root, "tests/lint")):
            found.append(f"tests/lint/qsort.allow: {path} sorts by {name} no more")
    source.finish(found)


main()
