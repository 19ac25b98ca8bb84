#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: forms_oracle.py TEXT CONVERTED: every event of a text trace, decoded here by the layouts of
kernel/trace/trace_output.c and include/trace/events/kmem.h alone, against what convert wrote of it."""
import re
import sys

FLAGS = r"[.a-zA-Z0-9]{3,6}"
HEADS = {
    # comm-pid (tgid) [cpu] flags time: event:
    "ftrace": re.compile(r"^ *(?P<comm>.*?)-(?P<pid>\d+) +(?:\( *[-\d]+\) +)?\[(?P<cpu>\d{3,})\] +"
                         rf"(?:(?P<flags>{FLAGS}) +)?(?P<time>\d+(?:\.\d+)?): +(?P<event>\w+): *(?P<body>.*)$"),
    "latency": re.compile(r"^ *(?P<comm>.{1,8}?)-(?P<pid>\d+) +(?P<cpu>\d+)"
                          rf"(?P<flags>{FLAGS}) +(?P<us>\d+)us.?: +(?P<event>\w+): *(?P<body>.*)$"),
    "perf": re.compile(r"^ *(?P<comm>.*?) +(?P<pid>\d+) +\[(?P<cpu>\d+)\] +(?P<time>\d+\.\d+): +\w+:(?P<event>\w+): +"
                       r"(?P<body>.*)$"),
}
KEYS = re.compile(r"(?:^| )(\w+)=(.*?)(?= \w+=|$)")
NUMBERS = {"pfn", "order", "migratetype", "percpu_refill", "bytes_req", "bytes_alloc", "node", "alloc_order",
           "fallback_order", "alloc_migratetype", "fallback_migratetype", "change_ownership", "size", "align", "off"}
WORDS = {"call_site", "name", "accounted"}
MODELLED = {"kmalloc", "kfree", "kmem_cache_alloc", "kmem_cache_free", "mm_page_alloc", "mm_page_free",
            "mm_page_free_batched", "mm_page_alloc_zone_locked", "mm_page_pcpu_drain", "mm_page_alloc_extfrag"}


def pointer(text):
    return 0 if text in ("(null)", "(nil)") else int(text, 16)


def values(body):
    out = {}
    for key, value in KEYS.findall(body):
        if key in NUMBERS:
            out[key] = int(value, 0)
        elif key == "ptr":
            out[key] = pointer(value)
        elif key == "gfp_flags":
            out[key] = value.strip()
        elif key in WORDS:
            out[key] = value.strip()
    return out


def context(flags):
    """irqs off, hard, soft: what the third and first column mean."""
    if flags is None:
        return None
    return (flags[0] in "dD", flags[2] in "hHZ", flags[2] in "sH")


def ns(found):
    if "us" in found:
        return int(found["us"]) * 1000
    whole, dot, part = found["time"].partition(".")
    return int(whole) * 10**9 + int((part + "0" * 9)[:9]) if dot else int(whole)


def events(path):
    kind = None
    for line in open(path, errors="surrogateescape", newline="\n"):
        line = line.rstrip("\n")
        if line.startswith("#") or line.startswith(" =>") or line.startswith("CPU:"):
            continue
        for name, head in HEADS.items():
            match = head.match(line) if kind in (None, name) else None
            if match:
                kind = name
                break
        else:
            continue
        found = match.groupdict()
        if found["event"] in MODELLED:
            yield (found["event"], found["comm"], int(found["pid"]), int(found["cpu"]), ns(found),
                   context(found.get("flags")), values(found["body"]))


def main():
    nr = 0
    ours = events(sys.argv[2])
    # a trace_pipe's lines may stand a little out of the order of their times
    for want in sorted(events(sys.argv[1]), key=lambda event: event[4]):
        got = next(ours, None)
        nr += 1
        if got != want:
            print(f"event {nr}:\n  text: {want}\n  read: {got}")
            return 1
    if not nr or next(ours, None):
        print(f"{nr} events and then more are read")
        return 1
    return 0


sys.exit(main())
