#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: tlb_oracle.py < LACKEY: what each access of a lackey trace meets in the TLBs of DynamoRIO's tlb simulator as it is
(least frequently used), the same with least recently used, and of ChampSim; one line each: use, address, three levels
(0: neither has it). Written from those programs' rules alone, with nothing of kmemlab's; pages of 4 KiB."""
import sys
from collections import OrderedDict


class Lru:
    """Sets of at most `ways` pages, the one used longest ago first."""

    def __init__(self, sets, ways):
        self.ways, self.sets = ways, [OrderedDict() for _ in range(sets)]

    def again(self):
        """The page requested last, once more: it is the newest already."""

    def request(self, page):
        held = self.sets[page % len(self.sets)]
        if page in held:
            held.move_to_end(page)
            return True
        if len(held) == self.ways:
            held.popitem(last=False)
        held[page] = None
        return False


class Lfu:
    """caching_device_t: a counter for each way, cleared when it is taken, counted up with each use; the first way that is
    empty goes, else the first with the smallest counter."""

    def __init__(self, sets, ways):
        self.tag = [[None] * ways for _ in range(sets)]
        self.uses = [[0] * ways for _ in range(sets)]
        self.last = None

    def again(self):
        uses, way = self.last
        uses[way] += 1

    def request(self, page):
        i = page % len(self.tag)
        tag, uses = self.tag[i], self.uses[i]
        hit = page in tag
        if hit:
            way = tag.index(page)
        else:
            way = tag.index(None) if None in tag else uses.index(min(uses))
            tag[way], uses[way] = page, 0
        uses[way] += 1
        self.last = uses, way
        return hit


class Core:
    def __init__(self, first, second):
        self.first, self.below = (first(), first()), second()

    def level(self, data, page):
        return "1" if self.first[data].request(page) else "2" if self.below.request(page) else "0"


USES = {"I": ("fetch",), "L": ("load",), "S": ("store",), "M": ("load", "store")}


def main():
    cores = [Core(lambda: Lfu(1, 32), lambda: Lfu(256, 4)), Core(lambda: Lru(1, 32), lambda: Lru(256, 4)),
             Core(lambda: Lru(16, 4), lambda: Lru(128, 12))]
    last, again = [None, None], [[core.first[data].again for core in cores] for data in (0, 1)]
    write = sys.stdout.write
    for line in sys.stdin:
        if line.startswith("=="):
            continue
        kind, where = line.split()
        address, size = where.split(",")
        address = int(address, 16)
        end = address + max(int(size), 1) - 1
        for use in USES[kind]:
            for page in range(address >> 12, (end >> 12) + 1):
                at = max(address, page << 12)
                data = use != "fetch"
                if page == last[data]:
                    for once_more in again[data]:
                        once_more()
                    write(f"{use} {at:x} 1 1 1\n")
                else:
                    last[data] = page
                    a, b, c = [core.level(data, page) for core in cores]
                    write(f"{use} {at:x} {a} {b} {c}\n")


main()
