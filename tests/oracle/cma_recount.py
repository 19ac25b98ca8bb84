#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: cma_recount.py TRACE.txt DIR: the rows of DIR/cma_allocs.csv, cma_tries.csv and failures.csv (kmemlab report
--format csv) counted again from the lines of the trace, with nothing of kmemlab's. Prints what differs; exit 1 then."""
import csv
import re
import sys

LINE = re.compile(r"^ *(?P<task>.*)-(?P<pid>\d+) +\[(?P<cpu>\d+)\] +(?:(?P<flags>\S+) +)?(?P<s>\d+)\.(?P<frac>\d+): (?P<event>\w+): ?(?P<rest>.*)$")
LOST = re.compile(r"^CPU:\d+ \[LOST .*EVENTS\]$")
MATTERS = re.compile(r"\d: (cma_|mm_page_alloc:|mm_page_free:|mm_compaction_isolate_|mm_migrate_pages:|test_pages_isolated:)")
PAIR = re.compile(r"(\w+)=(\S+)")
# what a call chain of a page begins with, besides who allocated it, in the traces this is used on
OWN = {"__alloc_pages", "alloc_pages", "folio_alloc", "__folio_alloc", "vma_alloc_folio", "filemap_alloc_folio", "cma_alloc",
       "dma_alloc_contiguous", "__dma_direct_alloc_pages"}


def number(text):
    return int(text, 16 if text.startswith("0x") else 10)


class Event:
    def __init__(self, no, m):
        self.no, self.task, self.pid, self.name = no, m["task"].strip(), int(m["pid"]), m["event"]
        self.ns = int(m["s"]) * 10**9 + int(m["frac"].ljust(9, "0"))
        self.interrupt = bool(m["flags"]) and ("h" in m["flags"].lower() or "s" in m["flags"])
        self.v = dict(PAIR.findall(m["rest"]))
        self.rest, self.chain = m["rest"], []

    def site(self):
        for name in self.chain:
            if name.split("+")[0] not in OWN:
                return re.sub(r"\+0x\w+/0x\w+", "", name)
        return ""


def events(path):
    no, last = 0, None
    for line in open(path, encoding="utf-8", errors="replace"):
        line = line.rstrip("\n")
        if line.startswith(" => "):
            if last:
                last.chain.append(line[4:])
            continue
        if line.startswith("#") or line.endswith("<stack trace>") or line.startswith("cpus="):
            continue
        if last:
            yield last
            last = None
        no += 1
        m = LINE.match(line) if MATTERS.search(line) else None
        if m:
            last = Event(no, m)
        elif LOST.match(line):
            yield None
    if last:
        yield last


def counted(path, areas):
    """Requests in the order of their ends: {event_no, …, tries: […]}."""
    owner, done, open_now = {}, [], {}

    def end(pid, no, ns, **more):
        q = open_now.pop(pid)
        q.update(event_no=no, ts_ns=ns, **more)
        done.append(q)

    def blocks(pfn):
        return [pfn >> order << order for order in range(11)]

    def who(pfn):
        for order, head in enumerate(blocks(pfn)):
            if head in owner and owner[head][1] >= order:
                return owner[head][0]
        return None

    def close_try(q, ev, pfn, result):
        frees = max(0, q["freed"] - q["migrated"])
        busy = q["refused"]
        if result == "busy" and busy is None:
            busy = next((p for p in range(pfn, pfn + q["pages"]) if who(p)), None)
        by = who(busy) if busy is not None else None
        q["tried"].append({"try_event_no": ev.no, "ts_ns": ev.ns, "pfn": pfn, "result": result, "migrated_pages": q["migrated"],
                           "failed_pages": q["failed"], "reclaimed_pages": frees, "busy_pfn": busy,
                           "owner_task": by and by.task, "owner_pid": by and by.pid, "owner_call_site": by and by.site(),
                           "owner_event_no": by and by.no, "owner_age_ns": by and ev.ns - by.ns})
        q.update(migrated=0, failed=0, freed=0, refused=None, trying=False, tested=False, targets=[])

    for ev in events(path):
        if ev is None:
            for q in open_now.values():
                q["gap"] = True
            continue
        q = open_now.get(ev.pid)
        if ev.name == "mm_page_alloc" and number(ev.v["pfn"]):
            owner[number(ev.v["pfn"])] = (ev, int(ev.v["order"]))
            if q and q["trying"] and not q["tested"] and not ev.interrupt:
                q["targets"].append(number(ev.v["pfn"]))
        elif ev.name == "mm_page_free":
            pfn, order = number(ev.v["pfn"]), int(ev.v["order"])
            if q and q["trying"] and not q["tested"] and not ev.interrupt and any(a <= pfn < b for a, b in [areas[q["area"]]]):
                if pfn in q["targets"]:  # it came back: nothing was moved there
                    q["targets"].remove(pfn)
                else:
                    q["freed"] += 1 << order
                    if q["targets"]:  # what was here is in the oldest target
                        to = q["targets"].pop(0)
                        owner.pop(to, None)
                        if pfn in owner:
                            owner[to] = owner[pfn]
            owner.pop(pfn, None)
        elif ev.name == "cma_alloc_start":
            if q:
                plain = not (q["gap"] or q["tried"] or q["trying"])
                end(ev.pid, q["start_event_no"], q["start_ts_ns"], result="nomem" if plain else "unknown",
                    errno=-12 if plain else None, latency_ns=None, recorded_pfn=None)
            open_now[ev.pid] = {"start_event_no": ev.no, "start_ts_ns": ev.ns, "area": ev.v["name"], "pages": int(ev.v["count"]),
                                "align": int(ev.v["align"]), "task": ev.task, "pid": ev.pid, "call_site": ev.site(),
                                "tried": [], "migrated": 0, "failed": 0, "freed": 0, "refused": None, "trying": False,
                                "tested": False, "gap": False, "targets": []}
            a, b = areas[ev.v["name"]]
            if int(ev.v["count"]) > b - a:
                end(ev.pid, ev.no, ev.ns, result="nomem", errno=-12, latency_ns=None, recorded_pfn=None)
        elif not q:
            continue
        elif ev.name == "mm_compaction_isolate_migratepages":
            q["trying"] = True
        elif ev.name == "mm_migrate_pages":
            q["trying"] = True
            q["migrated"] += int(ev.v["nr_succeeded"])
            q["failed"] += int(ev.v["nr_failed"])
        elif ev.name == "test_pages_isolated":
            q["trying"] = q["tested"] = True
            q["refused"] = None if ev.v["ret"] == "success" else number(ev.v["fin_pfn"])
        elif ev.name == "mm_compaction_isolate_freepages":
            q["tested"] = True
        elif ev.name == "cma_alloc_busy_retry":
            close_try(q, ev, number(ev.v["pfn"]), "busy")
        elif ev.name == "cma_alloc_finish":
            null = "page" in ev.v and not re.search(r"[1-9a-f]", ev.v["page"])
            given = number(ev.v["pfn"])
            pfn = None if null else given
            # without a page it is the range tried last; -1, and 0 in older texts: none
            given = None if given in (0, 2**64 - 1) else given
            last = q["trying"] or null and given not in (None, q["tried"][-1]["pfn"] if q["tried"] else None)
            if pfn is not None:
                close_try(q, ev, pfn, "ok")
                result, err = "ok", 0
            elif last:
                close_try(q, ev, given, "failed")
                result, err = "failed", None
            else:
                result, err = ("busy", -16) if q["tried"] else ("nomem", -12)
            end(ev.pid, ev.no, ev.ns, result=result, errno=err, latency_ns=ev.ns - q["start_ts_ns"], recorded_pfn=pfn)
    for pid in list(open_now):
        q = open_now[pid]
        end(pid, q["start_event_no"], q["start_ts_ns"], result="unknown", errno=None, latency_ns=None, recorded_pfn=None)
    return done


def cell(value):
    return "" if value is None else str(value)


def main():
    trace, where = sys.argv[1:]
    areas, wrong = {}, 0
    for row in csv.DictReader(open(f"{where}/cma.csv", encoding="utf-8", newline="")):
        areas[row["area"]] = (int(row["base_pfn"]), int(row["base_pfn"]) + int(row["pages"]))
    want = counted(trace, areas)
    tables = {name: list(csv.DictReader(open(f"{where}/{name}.csv", encoding="utf-8", newline="")))
              for name in ("cma_allocs", "cma_tries", "failures")}
    failures = [r for r in tables["failures"] if r["path"] == "cma_alloc"]
    rows = {"cma_allocs": [], "cma_tries": [], "failures": []}
    for q in want:
        rows["cma_allocs"].append({k: q[k] for k in ("event_no", "ts_ns", "area", "pages", "align", "recorded_pfn", "result", "errno",
                                                    "latency_ns", "start_event_no", "start_ts_ns", "task", "pid", "call_site")}
                                  | {"tries": len(q["tried"]), "migrated_pages": sum(t["migrated_pages"] for t in q["tried"]),
                                     "reclaimed_pages": sum(t["reclaimed_pages"] for t in q["tried"])})
        for i, t in enumerate(q["tried"]):
            rows["cma_tries"].append({"event_no": q["event_no"], "try": i + 1, "area": q["area"], "pages": q["pages"]} | t)
        if q["result"] not in ("ok", "unknown"):
            last = next((t for t in reversed(q["tried"]) if t["busy_pfn"] is not None), {})
            rows["failures"].append({"event_no": q["event_no"], "area": q["area"], "pages": q["pages"], "task": q["task"],
                                     "busy_pfn": last.get("busy_pfn"), "owner_task": last.get("owner_task"),
                                     "owner_call_site": last.get("owner_call_site"), "owner_event_no": last.get("owner_event_no")}
                                    | ({"owner_age_ns": last["owner_age_ns"] + q["ts_ns"] - last["ts_ns"]}
                                       if last.get("owner_age_ns") is not None else {}))
    have = {"cma_allocs": tables["cma_allocs"], "cma_tries": tables["cma_tries"], "failures": failures}
    values = 0
    for name, expected in rows.items():
        key = (lambda r: (int(r["event_no"]), int(r.get("try") or 0), int(r["pages"])))
        got = sorted(have[name], key=key)
        expected = sorted(expected, key=key)
        if len(got) != len(expected):
            print(f"{name}: {len(got)} rows, the trace has {len(expected)}")
            wrong += 1
        for w, g in zip(expected, got):
            for k, v in w.items():
                values += 1
                if g[k] != cell(v):
                    print(f"{name}, event {w['event_no']}: {k} is {g[k]!r}, the trace says {cell(v)!r}")
                    wrong += 1
    print(f"{len(rows['cma_allocs'])} allocations, {len(rows['cma_tries'])} tries, {len(rows['failures'])} failures: "
          f"{values} values, {wrong} wrong")
    if not want:
        print("there is no CMA allocation in the trace")
    return 1 if wrong or not want else 0


sys.exit(main())
