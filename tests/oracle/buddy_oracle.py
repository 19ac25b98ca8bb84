#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: buddy_oracle.py <operations: one zone's page allocator of Linux 6.1, written from mm/page_alloc.c alone.

Reads operations with the outcome somebody else claims for each, one a line, and says where the two part:
  zone START END PAGEBLOCK_ORDER CPUS BATCH HIGH
  boot                  hand every page over (memblock_free_all)
  type PFN MT           set a pageblock's type
  alloc CPU ORDER MT PFN   rmqueue(); PFN -1: none
  free CPU PFN ORDER
  drain CPU             drain_pages_zone()
  reserve PFN           reserve_highatomic_pageblock()
  unreserve MT FORCE    unreserve_highatomic_pageblock()
  list ORDER MT PFN...  the free list from its head
  kept CPU INDEX PFN... the per-CPU list from its head
Exit status: 0 where all agree, 1 where not (the first difference is printed).
"""
import sys

TOP, TYPES, PCPTYPES, COSTLY, SCALE_MAX = 11, 6, 3, 3, 5
UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC = range(4)
FALLBACKS = {UNMOVABLE: (RECLAIMABLE, MOVABLE), MOVABLE: (RECLAIMABLE, UNMOVABLE),
             RECLAIMABLE: (UNMOVABLE, MOVABLE)}


class Zone:
    def __init__(self, start, end, pb, cpus, batch, high):
        self.start, self.end, self.pb, self.batch, self.high = start, end, pb, batch, high
        self.area = [[[] for _ in range(TYPES)] for _ in range(TOP)]  # index 0 is the head
        self.buddy = {}       # head -> (order, list's type)
        self.types = {}       # pageblock -> type
        for p in range(start, end):
            if p % (1 << pb) == 0:
                self.types[p >> pb] = MOVABLE
        self.movable = {}     # pageblock -> pages in use that were asked for as movable
        self.used = {}        # head -> (order, type asked for)
        self.cached = {}      # page->index while on a per-CPU list
        self.pcp = [{"count": 0, "factor": 0, "lists": [[] for _ in range(14)]} for _ in range(cpus)]
        self.reserved = 0

    def type_of(self, pfn):
        return self.types.get(pfn >> self.pb, UNMOVABLE)

    def spans(self, pfn):
        return self.start <= pfn < self.end

    def is_buddy(self, pfn, order):
        return self.spans(pfn) and self.buddy.get(pfn, (-1,))[0] == order

    def add(self, pfn, order, mt, tail):
        self.area[order][mt].insert(len(self.area[order][mt]) if tail else 0, pfn)
        self.buddy[pfn] = (order, mt)

    def delete(self, pfn):
        order, mt = self.buddy.pop(pfn)
        self.area[order][mt].remove(pfn)
        return order

    def move(self, pfn, mt):  # move_to_free_list()
        self.add(pfn, self.delete(pfn), mt, True)

    def free_one_page(self, pfn, order, mt, to_tail=False):
        buddy = 0
        while order < TOP - 1:
            buddy = pfn ^ (1 << order)
            if not self.is_buddy(buddy, order):
                break
            if order >= self.pb:
                other = self.type_of(buddy)
                if mt != other and (mt >= PCPTYPES or other >= PCPTYPES):
                    break
            self.delete(buddy)
            pfn &= buddy
            order += 1
        if not to_tail and order < TOP - 2:  # buddy_merge_likely()
            higher = buddy & pfn
            to_tail = self.is_buddy(higher ^ (2 << order), order + 1)
        self.add(pfn, order, mt, to_tail)

    def rmqueue_smallest(self, order, mt):
        for current in range(order, TOP):
            if self.area[current][mt]:
                pfn = self.area[current][mt][0]
                self.delete(pfn)
                while current > order:
                    current -= 1
                    self.add(pfn + (1 << current), current, mt, False)
                self.cached[pfn] = mt
                return pfn
        return -1

    def move_freepages_block(self, pfn, mt):
        first = pfn >> self.pb << self.pb
        last = first + (1 << self.pb) - 1
        if not self.spans(first):
            first = pfn
        if not self.spans(last):
            return 0, 0
        moved = 0
        movable = self.movable.get(pfn >> self.pb, 0)
        while first <= last:
            if first not in self.buddy:
                first += 1
                continue
            size = 1 << self.buddy[first][0]
            self.move(first, mt)
            first += size
            moved += size
        return moved, movable

    def steal(self, pfn, start, whole):
        order, old = self.buddy[pfn][0], self.type_of(pfn)
        if old == HIGHATOMIC:
            return self.move(pfn, start)
        if order >= self.pb:
            for block in range(1 << (order - self.pb)):
                self.types[(pfn >> self.pb) + block] = start
            return self.move(pfn, start)
        if not whole:
            return self.move(pfn, start)
        free, movable = self.move_freepages_block(pfn, start)
        if start == MOVABLE:
            alike = movable
        else:
            alike = (1 << self.pb) - (free + movable) if old == MOVABLE else 0
        if not free:
            return self.move(pfn, start)
        if free + alike >= 1 << (self.pb - 1):
            self.types[pfn >> self.pb] = start
        return None

    def suitable(self, order, start):
        for mt in FALLBACKS[start]:
            if self.area[order][mt]:
                return mt, order >= self.pb // 2 or start in (RECLAIMABLE, UNMOVABLE)
        return -1, False

    def rmqueue_fallback(self, order, start):
        for current in range(TOP - 1, order - 1, -1):
            mt, can = self.suitable(current, start)
            if mt < 0:
                continue
            if not can and start == MOVABLE and current > order:
                for current in range(order, TOP):
                    mt, can = self.suitable(current, start)
                    if mt >= 0:
                        break
            self.steal(self.area[current][mt][0], start, can)
            return True
        return False

    def rmqueue(self, order, mt):
        while True:
            pfn = self.rmqueue_smallest(order, mt)
            if pfn >= 0 or not self.rmqueue_fallback(order, mt):
                return pfn

    def pcp_allowed(self, order):
        return order <= COSTLY or order == self.pb

    def pindex(self, order, mt):
        return 12 + (mt == MOVABLE) if order > COSTLY else PCPTYPES * order + mt

    def pcp_alloc(self, pcp, order, mt):
        pages = pcp["lists"][self.pindex(order, mt)]
        pcp["factor"] >>= 1
        if not pages:
            batch = max(self.batch >> order, 2) if self.batch > 1 else self.batch
            for _ in range(batch):
                pfn = self.rmqueue(order, mt)
                if pfn < 0:
                    break
                pages.append(pfn)
                pcp["count"] += 1 << order
        if not pages:
            return -1
        pcp["count"] -= 1 << order
        return pages.pop(0)

    def alloc(self, cpu, order, mt):
        pfn = self.pcp_alloc(self.pcp[cpu], order, mt) if self.pcp_allowed(order) else -1
        if pfn < 0:
            pfn = self.rmqueue(order, mt)
        if pfn >= 0:
            self.use(pfn, order, mt, 1)
            self.used[pfn] = (order, mt)
        return pfn

    def use(self, pfn, order, mt, sign):
        if mt == MOVABLE:
            for at in range(pfn, pfn + (1 << order), min(1 << order, 1 << self.pb)):
                block = at >> self.pb
                self.movable[block] = self.movable.get(block, 0) + sign * min(1 << order, 1 << self.pb)

    def free_pcppages_bulk(self, pcp, count, pindex):
        low, high = 0, 13
        count = min(pcp["count"], count)
        pindex -= 1
        while count > 0:
            while True:
                pindex += 1
                if pindex > high:
                    pindex = low
                if pcp["lists"][pindex]:
                    break
                if pindex == high:
                    high -= 1
                if pindex == low:
                    low += 1
            order = self.pb if pindex >= 12 else pindex // PCPTYPES
            while True:
                pfn = pcp["lists"][pindex].pop()
                count -= 1 << order
                pcp["count"] -= 1 << order
                self.free_one_page(pfn, order, self.cached[pfn])
                if count <= 0 or not pcp["lists"][pindex]:
                    break

    def nr_pcp_free(self, pcp, high, free_high):
        if free_high:
            return pcp["count"]
        if high < self.batch:
            return 1
        least, most = self.batch, high - self.batch
        batch = self.batch << pcp["factor"]
        if batch < most and pcp["factor"] < SCALE_MAX:
            pcp["factor"] += 1
        return min(max(batch, least), most)

    def free(self, cpu, pfn, order):
        mt = self.type_of(pfn)
        used = self.used.pop(pfn)
        self.use(pfn, order, used[1], -1)
        if not self.pcp_allowed(order):
            return self.free_one_page(pfn, order, mt)
        pcp = self.pcp[cpu]
        self.cached[pfn] = mt
        index = self.pindex(order, mt if mt < PCPTYPES else MOVABLE)
        pcp["lists"][index].insert(0, pfn)
        pcp["count"] += 1 << order
        free_high = bool(pcp["factor"] and order and order <= COSTLY)
        high = 0 if not self.high or free_high else self.high
        if pcp["count"] >= high:
            self.free_pcppages_bulk(pcp, self.nr_pcp_free(pcp, high, free_high), index)
        return None

    def drain(self, cpu):
        pcp = self.pcp[cpu]
        while pcp["count"]:
            self.free_pcppages_bulk(pcp, min(pcp["count"], self.batch << SCALE_MAX), 0)

    def reserve(self, pfn):
        if self.reserved >= (self.end - self.start) // 100 + (1 << self.pb) or self.type_of(pfn) >= PCPTYPES:
            return
        self.reserved += 1 << self.pb
        self.types[pfn >> self.pb] = HIGHATOMIC
        self.move_freepages_block(pfn, HIGHATOMIC)

    def unreserve(self, mt, force):
        if not force and self.reserved <= 1 << self.pb:
            return
        for order in range(TOP):
            if not self.area[order][HIGHATOMIC]:
                continue
            pfn = self.area[order][HIGHATOMIC][0]
            if self.type_of(pfn) == HIGHATOMIC:
                self.reserved -= min(1 << self.pb, self.reserved)
            self.types[pfn >> self.pb] = mt
            if self.move_freepages_block(pfn, mt)[0]:
                return

    def boot(self):
        at = self.start
        while at < self.end:
            order = min(TOP - 1, (at & -at).bit_length() - 1 if at else TOP - 1)
            while at + (1 << order) > self.end:
                order -= 1
            self.free_one_page(at, order, self.type_of(at), True)
            at += 1 << order


def differs(number, line, ours):
    print(f"line {number}: {line.strip()}: the oracle says {ours}")
    sys.exit(1)


def main():
    zone = None
    for number, line in enumerate(sys.stdin, 1):
        word, *rest = line.split()
        args = [int(a) for a in rest]
        if word == "zone":
            zone = Zone(*args)
        elif word == "boot":
            zone.boot()
        elif word == "type":
            zone.types[args[0] >> zone.pb] = args[1]
        elif word == "alloc":
            ours = zone.alloc(*args[:3])
            if ours != args[3]:
                differs(number, line, ours)
        elif word == "list":
            ours = zone.area[args[0]][args[1]]
            if ours != args[2:]:
                differs(number, line, ours)
        elif word == "kept":
            ours = zone.pcp[args[0]]["lists"][args[1]]
            if ours != args[2:]:
                differs(number, line, ours)
        else:
            {"free": zone.free, "drain": zone.drain, "reserve": zone.reserve,
             "unreserve": zone.unreserve}[word](*args)


main()
