#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program stat_sample_test.sh: stat's totals of a whole capture are the counts of its events, as grep -c
# finds them in the capture's text, and its sums are their own totals.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
sample=$root/traces/samples/files-6.1-x86-1cpu.kmt
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT

"$KMEMLAB" stat --json --caller --cache --task --gfp "$sample" >"$scratch/stat" || exit 1
"$KMEMLAB" leaks --json "$sample" >"$scratch/leaks" || exit 1
python3 - "$scratch/stat" "$scratch/leaks" <<'END'
import json
import sys

stat, leaks = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
slab, page, failed = stat["slab"], stat["page"], 0


def same(what, got, expected):
    global failed
    if got != expected:
        print(f"{what}: {got}, not {expected}")
        failed = 1


# grep -c of the capture's text.
for event, count in {"kmalloc": 30159, "kfree": 33040, "kmem_cache_alloc": 624122, "kmem_cache_free": 624186}.items():
    same(event, slab[event], count)
same("mm_page_alloc", page["allocs"], 126313)
same("mm_page_free", page["frees"], 116994)
# What is allocated is freed, or allocated again unseen, or lives.
same("objects", slab["allocs"], slab["failed"] + slab["matched_frees"] + slab["unseen_frees"] + slab["live"])
same("object frees", slab["frees"], slab["matched_frees"] + slab["unmatched_frees"] + slab["null_frees"])
same("page bytes", page["bytes_alloc"], page["bytes_freed"] + page["live_bytes"])
for sum_by in ("call_site", "cache", "task", "gfp"):
    for key, total in {"bytes_alloc": slab["bytes_alloc"], "live": slab["live"], "frees": slab["matched_frees"]}.items():
        same(f"{key} by {sum_by}", sum(row[key] for row in stat["by_" + sum_by]), total)
for key in ("bytes_alloc", "live_bytes"):
    same(f"{key} by kind of page", sum(row[key] for row in stat["by_page_kind"]), page[key])
# The other command counts the same.
same("live", leaks["live"], slab["live"] + page["live"])
same("live bytes", leaks["live_bytes"], slab["live_bytes"] + page["live_bytes"])
same("unmatched frees", leaks["unmatched_frees"], slab["unmatched_frees"] + page["unmatched_frees"])
sys.exit(failed)
END
