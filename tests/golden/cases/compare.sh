# One trace through several configurations: the same bytes whatever -j, the same digests as single replays.
kmemlab compare "$files/cma" --vary machine.cma=2M,8M --vary policy.kernel=6.1,6.12 -o all.db
kmemlab compare "$files/cma" --vary machine.cma=2M,8M --vary policy.kernel=6.1,6.12 -j 1 -q -o one.db 2>/dev/null
kmemlab compare "$files/cma" --vary machine.cma=2M,8M --vary policy.kernel=6.1,6.12 -j 7 -q -o many.db 2>/dev/null
cmp all.db one.db && cmp all.db many.db && echo 'the same bytes'
kmemlab replay "$files/cma" -m simulate --set machine.cma=8M --kernel 6.12 -q -o single.db 2>/dev/null
sqlite3 all.db "ATTACH 'single.db' AS s; SELECT a.run, a.digest = b.digest FROM main.run AS a, s.run AS b;
	SELECT * FROM v_variations WHERE run = 3; SELECT run, base_run, event_no, pfn, base_pfn FROM v_partings"
kmemlab report all.db --format text,json -q -o made
python3 -c "
import json
c = json.load(open('made/report.json'))
print(c['trace'], [(r['run'], r['base'], r['values'], r['metrics']['cma_failures']) for r in c['runs']])"
ls
