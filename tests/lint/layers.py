#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: layers.py ROOT: who may include whom (ARCHITECTURE.md, "Arrows")."""
import re
import sys

import source

# Rooms low to high; those of one line do not see each other.
ORDER = [("core",), ("frames",), ("buddy",), ("pcp",), ("pages",), ("compact",), ("reclaim", "cma"), ("slab",),
         ("vmalloc",), ("vmem",), ("percpu", "kstack", "kmap"), ("variant",), ("machine",), ("replay",)]
LEVEL = {room: i for i, rooms in enumerate(ORDER) for room in rooms}

# Rooms beside the order: what they see. Only machine and replay see them.
BESIDE = {"metrics": {"core", "frames", "buddy"}, "tlb": {"core"}, "cost": {"core"}, "leak": {"core"},
          "stat": {"core", "leak"}}
SEES_BESIDE = {"machine", "replay", "variant"}

# Engine headers that every room and everyone above may read.
COMMON = {"engine/event.h", "engine/result.h"}

# Outside libraries have one door each.
DOORS = [
    (r"yaml\.h", r"cli/(config|workload)(_\w+)?\.[ch]"),
    (r"elfutils/.*|g?elf\.h|dwarf\.h", r"cli/vmlinux\.c"),
    (r"sqlite3\.h", r"reports/store(_\w+)?\.[ch]"),
    (r"nettle/.*", r"reports/digest\.c"),
    (r"(traceevent/)?(event-parse|trace-seq|kbuffer)\.h|trace-cmd.*|tracefs\.h", r"traces/(read_dat|dat_\w+)\.[ch]"),
    (r"zstd(_errors)?\.h|zlib\.h", r"traces/(io|pack)(_\w+)?\.[ch]"),
    (r"archive(_entry)?\.h", r"traces/io(_\w+)?\.[ch]"),
    (r"spawn\.h|sys/wait\.h", r"reports/plot\w*\.c|traces/perf_run\.c|cli/pool\.c"),
]

# A room's door: <room>.h, <room>_ops.h, <room>_profile.h. variant names its door after what it holds; tlb has one for those
# who make accesses up.
MORE_DOORS = {"variant": {"profile.h"}, "tlb": {"synth.h"}}


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "engine" and len(parts) > 2 else None


def engine_may(room, target):
    other = room_of(target)
    if target in COMMON or other in (room, "core"):
        return None
    if room is None:
        return "event and result use engine/core only"
    if room in BESIDE:
        if other not in BESIDE[room]:
            return f"{room} uses {', '.join(sorted(BESIDE[room]))} only"
    elif other in BESIDE:
        if room not in SEES_BESIDE:
            return f"{other} is seen by machine and replay only"
    elif other not in LEVEL or room not in LEVEL:
        return f"'{other if other not in LEVEL else room}' is no room of the order"
    elif LEVEL[other] >= LEVEL[room]:
        return f"{other} is not below {room}"
    base = target.split("/")[-1]
    if base not in {f"{other}.h", f"{other}_ops.h", f"{other}_profile.h"} | MORE_DOORS.get(other, set()):
        return f"a room is entered through {other}.h, {other}_ops.h or {other}_profile.h"
    return None


def may(path, target):
    """Why @path may not include @target, or None."""
    top, to = path.split("/")[0], target.split("/")[0]
    low = target in COMMON or target.startswith("engine/core/")
    if top == "engine":
        return engine_may(room_of(path), target) if to == "engine" else "the engine sees nothing above it"
    if top == "traces":
        return None if to == "traces" or (low and target != "engine/result.h") else \
            "traces sees engine/event.h and engine/core only"
    if top == "reports":
        return None if to == "reports" or (low and target != "engine/event.h") else \
            "reports sees engine/result.h and engine/core only"
    return None


def door(path, name):
    for header, allowed in DOORS:
        if re.fullmatch(header, name) and not re.fullmatch(allowed, path):
            return f"<{name}> has one door: {allowed}"
    return None


def main():
    root, found = sys.argv[1], []
    for path in source.files(root):
        text = source.blank(source.read(root, path), strings=False)
        for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', text, re.M):
            why = may(path, m[2]) if m[1] == '"' and "/" in m[2] else door(path, m[2])
            if why:
                found.append(f"{path}:{source.line_of(text, m.start())}: includes {m[2]}: {why}")
    source.finish(found)


main()
