#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: stat_recount.py TEXT STAT.csv LEAKS.csv: count an ftrace text's objects by function and task, and compare.

Shares nothing with the program but the words of the text: lines are split by one expression, live objects are a dict,
peaks are followed event by event.
"""
import collections
import csv
import re
import sys

LINE = re.compile(r"^(.{16,}?)-(\d+) +\[(\d+)\] (?:\S+ +)?([\d.]+): (\w+): (.*)$")
FIELD = re.compile(r"(\w+)=(\S*)( \[\w+\])?")


class Row(collections.Counter):
    def hit(self, size, req):
        self["hits"] += 1
        self["bytes_alloc"] += size
        self["bytes_req"] += req
        self["live"] += 1
        self["live_bytes"] += size
        self["peak_bytes"] = max(self["peak_bytes"], self["live_bytes"])

    def end(self, size, seen, other_cpu):
        self["live"] -= 1
        self["live_bytes"] -= size
        if seen:
            self["frees"] += 1
            self["bytes_freed"] += size
            self["pingpong"] += other_cpu
        else:
            self["unseen_frees"] += 1


def own(function):
    """The allocators' functions that the text at hand has in its chains."""
    return re.match(r"(trace_event_raw|__alloc_pages|alloc_pages_mpol|folio_alloc_mpol|vma_alloc_folio|new_slab|"
                    r"___slab_alloc|kmem_cache_alloc|__kmalloc|kvmalloc_node)", function)


def events(path):
    """(comm, cpu, event, fields, chain) in order; here a chain follows its event at once."""
    last, chain = None, []
    for line in open(path, encoding="utf-8", errors="surrogateescape"):
        line = line.rstrip("\n")
        if line.startswith(" => "):
            chain.append(line[4:])
            continue
        m = LINE.match(line)
        if not m:
            continue
        if last:
            yield *last, chain
        fields = {k: v + (mod or "") for k, v, mod in FIELD.findall(m[6])}
        last, chain = (m[1].strip(), m[3], m[5], fields), []
    if last:
        yield *last, chain


def site_of(fields, chain):
    for frame in chain:
        if not own(frame):
            return re.sub(r"\+\S*", "", frame)
    return re.sub(r"\+\S*", "", fields["call_site"])


def count(path):
    tables = {"call_site": collections.defaultdict(Row), "task": collections.defaultdict(Row)}
    live = {}
    for comm, cpu, event, fields, chain in events(path):
        if event not in ("kmalloc", "kmem_cache_alloc", "kfree", "kmem_cache_free") or "ptr" not in fields:
            continue
        if "____" in fields["ptr"]:
            continue
        ptr = int(fields["ptr"], 16)
        alloc = event in ("kmalloc", "kmem_cache_alloc")
        if alloc:
            rows = tables["call_site"][site_of(fields, chain)], tables["task"][comm]
        if ptr <= 16:
            if alloc and not ptr:
                for row in rows:
                    row["failed"] += 1
            continue
        if ptr in live:
            old, size, where = live.pop(ptr)
            for row in old:
                row.end(size, not alloc, where != cpu)
        if alloc:
            size = int(fields["bytes_alloc"])
            for row in rows:
                row.hit(size, int(fields["bytes_req"]))
            live[ptr] = rows, size, cpu
    return tables


def main():
    tables, wrong, compared = count(sys.argv[1]), [], 0
    keys = ("hits", "failed", "bytes_req", "bytes_alloc", "frees", "bytes_freed", "pingpong", "peak_bytes", "live",
            "live_bytes", "unseen_frees")
    for row in csv.DictReader(open(sys.argv[2], encoding="utf-8", errors="surrogateescape")):
        if row["table"] not in tables:
            continue
        mine = tables[row["table"]].pop(row["name"], Row())
        compared += 1
        wrong += [f'{row["table"]} {row["name"]}: {k} {row[k]}, not {mine[k]}' for k in keys if int(row[k]) != mine[k]]
        if row["table"] == "call_site":
            tables.setdefault("seen", {})[row["name"]] = mine
    seen = tables.pop("seen", {})
    wrong += [f"{table} {name}: is missing" for table in tables for name in tables[table]]
    for row in csv.DictReader(open(sys.argv[3], encoding="utf-8", errors="surrogateescape")):
        mine = seen.get(row["site"], Row())
        compared += 1
        wrong += [f'leaks {row["site"]}: {k} {row[k]}, not {mine[k]}' for k in ("live", "live_bytes", "peak_bytes")
                  if int(row[k]) != mine[k]]
    print("\n".join(wrong[:20] + [f"{compared} rows compared, {len(wrong)} differences"]))
    return bool(wrong) or not compared


sys.exit(main())
