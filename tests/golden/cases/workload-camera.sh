# Contiguous buffers among movable memory, by the area's size and the pinned share; who is in the way.
sed 's/512MiB/96MiB/; s/repeat: 40/repeat: 8/; s/repeat: 20/repeat: 4/; s/size: 4194304/size: 524288/' "$files/../../../traces/workloads/camera.yaml" >camera.yaml
kmemlab gen camera.yaml -q -o camera.kmt
for area in 4M 16M; do
	for pinned in 0 10 50; do
		kmemlab replay camera.kmt --set machine.cma=$area --set policy.cma_pinned=$pinned -q -o run.db
		sqlite3 run.db "SELECT '$area', $pinned, sum(result = 'ok'), sum(tries), sum(migrated_pages) FROM v_cma_allocs"
	done
done
sqlite3 run.db "SELECT result, reason, recorded, task, area, pages, owner_task, owner_age_ns FROM v_cma_allocs JOIN
	v_failures USING (run, event_no, task, area, pages) ORDER BY event_no LIMIT 2"
sqlite3 run.db "SELECT sum(t.n = a.tries), count(*) FROM v_cma_allocs AS a JOIN
	(SELECT event_no, count(*) AS n FROM v_cma_tries GROUP BY 1) AS t USING (event_no)"
kmemlab replay camera.kmt --set machine.cma=0 -q -o run.db
sqlite3 run.db "SELECT DISTINCT result, reason FROM v_cma_allocs JOIN v_failures USING (event_no)"
