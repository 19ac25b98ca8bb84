#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The whole way over a real capture: what must come out the same does, and the exit status says what was found.
set -u
sample=traces/samples/files-6.1-x86-1cpu.kmt
[ -e "$sample" ] || {
	echo "there is no $sample"
	exit 77
}
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
failed=0

wrong() {
	echo "$*"
	failed=1
}
digest() { sqlite3 "$1" 'SELECT digest FROM v_runs'; }
replay() { "$KMEMLAB" replay -q "$@"; }

replay "$sample" -o "$scratch/a.db" || wrong "replay: exit $?"
[ -n "$(digest "$scratch/a.db")" ] || wrong "the run has no digest"

"$KMEMLAB" replay --print-config "$sample" >"$scratch/c.yaml" || wrong "print-config: exit $?"
replay -c "$scratch/c.yaml" "$sample" -o "$scratch/b.db"
[ "$(digest "$scratch/a.db")" = "$(digest "$scratch/b.db")" ] ||
	wrong "the printed configuration, given back, makes another run"
[ "$(sqlite3 "$scratch/a.db" 'SELECT config FROM v_runs')" = "$(cat "$scratch/c.yaml")" ] ||
	wrong "the stored configuration is not the printed one"

replay - <"$sample" -o "$scratch/b.db" || wrong "replay of standard input: exit $?"
[ "$(digest "$scratch/a.db")" = "$(digest "$scratch/b.db")" ] || wrong "standard input makes another run"

"$KMEMLAB" convert "$sample" -o "$scratch/again.kmt" || wrong "convert: exit $?"
replay "$scratch/again.kmt" -o "$scratch/b.db"
[ "$(digest "$scratch/a.db")" = "$(digest "$scratch/b.db")" ] || wrong "a converted capture makes another run"

replay --set record.samples=10 "$sample" -o "$scratch/b.db"
few=$(sqlite3 "$scratch/b.db" 'SELECT count(*) FROM v_samples WHERE label IS NULL')
[ "$few" -ge 9 ] && [ "$few" -le 12 ] || wrong "10 samples were asked for and $few recorded"

replay --re-anchor "$sample" -o "$scratch/b.db" || wrong "re-anchor: exit $?"
[ "$(sqlite3 "$scratch/b.db" "SELECT count(*) FROM v_samples WHERE seeded AND label = 'end'")" -gt 0 ] ||
	wrong "re-anchored labels are not marked"
[ "$(sqlite3 "$scratch/a.db" "SELECT count(*) FROM v_samples WHERE seeded AND label = 'end'")" -eq 0 ] ||
	wrong "labels are marked that nobody anchored at"

"$KMEMLAB" check -q "$sample" || wrong "check: exit $?"
"$KMEMLAB" verify -q "$sample" --min page.pfn=99.9 || wrong "verify --min 99.9: exit $?"
"$KMEMLAB" verify -q "$sample" --min page.pfn=100 2>/dev/null
[ $? -eq 1 ] || wrong "verify --min 100 is not missed"
"$KMEMLAB" verify --first-miss "$sample" | grep -q '^first miss of ' || wrong "there is no first miss"
"$KMEMLAB" verify --json "$sample" | python3 -c '
import json, sys
board = json.load(sys.stdin)
for metric, scopes in board.items():
    whole = scopes["all"]
    for lead in ("order=", "type="):
        parts = [s for name, s in scopes.items() if name.startswith(lead)]
        if parts and (sum(s["hits"] for s in parts), sum(s["total"] for s in parts)) != (whole["hits"], whole["total"]):
            sys.exit(f"{metric}: {lead} does not sum to all")
    misses = sum(s["total"] for name, s in scopes.items() if name.startswith("miss="))
    if misses != whole["total"] - whole["hits"]:
        sys.exit(f"{metric}: causes sum to {misses}")
' || wrong "the scoreboard does not add up"

exit "$failed"
