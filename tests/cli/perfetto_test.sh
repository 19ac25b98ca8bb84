#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# report --format perfetto: a JSON parser reads it, and its counters are the views' rows (as the CSV files have them).
set -eu
cd "$(dirname "$0")/../.."
kmemlab=${KMEMLAB:-build/kmemlab}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$kmemlab" replay -q traces/samples/cma-6.1-x86-1cpu.kmt -o "$scratch/run.db"
"$kmemlab" report -q --format csv,perfetto "$scratch/run.db" -o "$scratch/out"
python3 - "$scratch/out" <<'EOF'
import csv, json, sys

def rows(view):
    with open(f'{sys.argv[1]}/{view}.csv', newline='') as f:
        return list(csv.DictReader(f))

with open(f'{sys.argv[1]}/perfetto.json') as f:
    events = json.load(f)['traceEvents']
at = {s['sample']: int(s['ts_ns']) for s in rows('samples')}
got = {(e['name'], round(e['ts'] * 1000)): e['args'] for e in events if e['ph'] == 'C'}
checked = 0

def same(view, track, series, value):
    global checked
    for r in rows(view):
        point = got[(track(r), at[r['sample']])]
        assert str(point.get(series(r), '')) == value(r), (view, r['sample'], point)
        checked += 1

same('buddyinfo', lambda r: f"free blocks, node {r['node']} {r['zone']}", lambda r: f"order {r['ord']}",
     lambda r: r['free_blocks'])
for name in 'used', 'lent', 'free', 'busy':
    same('cma', lambda r: f"CMA area {r['area']}", lambda r: name, lambda r: r[f'{name}_pages'])
same('slabinfo', lambda r: 'slab pages', lambda r: r['cache'],
     lambda r: str(int(r['num_slabs']) * int(r['pagesperslab'])))
assert checked > 10000, checked
labels = [e['name'] for e in events if e['ph'] == 'i' and e['cat'] == 'labels']
assert labels == sorted({s['label'] for s in rows('samples')} - {''}, key=labels.index) and len(labels) == 6, labels
assert sum(e['ph'] == 'i' and e['cat'] == 'failures' for e in events) == len(rows('failures'))
for track in {name for name, _ in got}:
    times = [e['ts'] for e in events if e['ph'] == 'C' and e['name'] == track]
    assert times == sorted(times), track
EOF
