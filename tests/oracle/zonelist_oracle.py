#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Two small pieces of the kernel, restated from its source and not from this program.

zonelist_oracle.py zonelists FILE: lines "nodes N", "distance a b c …" (one per node), "cpus NODE…" (nodes with CPUs),
"zone ID NODE INDEX", ended by "list NODE ID…" lines, each held against mm/page_alloc.c:build_zonelists() of 6.1.
zonelist_oracle.py watermarks FILE: lines "order free0,free1,… mark reserve high harder ok", each held against
mm/page_alloc.c:zone_watermark_ok() of 2.6.34. Exit 1 and a line where they part."""
import sys


def fallback_order(distance, with_memory, with_cpus):
    """For each node, the nodes in the order it falls back to them."""
    load = [0] * len(distance)
    orders = []
    for local in range(len(distance)):
        order, used, prev = [], set(), local
        while True:
            if local not in used:
                best = local
            else:
                left = [n for n in with_memory if n not in used]
                if not left:
                    break
                best = min(left, key=lambda n: ((distance[local][n] + (n < local) + (n in with_cpus)) * 64 + load[n], n))
            used.add(best)
            if distance[local][best] != distance[local][prev]:
                load[best] += 1
            order.append(best)
            prev = best
        orders.append(order)
    return orders


def zonelists(lines):
    distance, cpus, zones, orders = [], set(), [], None
    for line in lines:
        word, *rest = line.split()
        rest = [int(x) for x in rest]
        if word == "distance":
            distance.append(rest)
        elif word == "cpus":
            cpus = set(rest)
        elif word == "zone":
            zones.append(rest)
        elif word == "list":
            if orders is None:
                orders = fallback_order(distance, sorted({z[1] for z in zones}), cpus)
            want = [z[0] for node in orders[rest[0]] for z in sorted(zones, key=lambda z: -z[2]) if z[1] == node]
            if want != rest[1:]:
                sys.exit(f"{line.strip()}: the kernel's is {want} (distances {distance}, CPUs {sorted(cpus)})")
        elif word == "end":
            distance, cpus, zones, orders = [], set(), [], None


def watermarks(lines):
    for line in lines:
        order, free, mark, reserve, high, harder, said = line.split()
        free = [int(n) for n in free.split(",")]
        order, least = int(order), int(mark)
        pages = sum(n << o for o, n in enumerate(free)) - (1 << order) + 1
        least -= least // 2 if high == "1" else 0
        least -= least // 4 if harder == "1" else 0
        ok = pages > least + int(reserve)
        for o in range(order):
            if not ok:
                break
            pages -= free[o] << o
            least >>= 1
            ok = pages > least
        if ok != (said == "1"):
            sys.exit(f"{line.strip()}: the kernel says {ok}")


{"zonelists": zonelists, "watermarks": watermarks}[sys.argv[1]](sys.stdin)
