# By hand: busy ranges, a request larger than its area, one of two areas with four pages to a bit, a signal, lost events.
kmemlab replay "$files/cma" -q -o run.db
sqlite3 -header run.db "SELECT event_no, start_event_no, area, pages, align, pfn, recorded_pfn, result, errno, tries, migrated_pages,
	reclaimed_pages, latency_ns, task, pid, call_site, used_pages, maxchunk_pages FROM v_cma_allocs"
sqlite3 -header run.db "SELECT event_no, try, try_event_no, area, pfn, result, migrated_pages, failed_pages, reclaimed_pages,
	busy_pageblock, busy_pfn, busy_source, busy_ord, busy_migratetype, owner_task, owner_pid, owner_call_site, owner_event_no,
	owner_age_ns FROM v_cma_tries"
sqlite3 -header run.db "SELECT event_no, path, ord, migratetype, reason, recorded, task, area, pages, busy_pfn, owner_task,
	owner_call_site, owner_age_ns FROM v_failures"
sqlite3 run.db "SELECT label, area, used_pages, free_pages, lent_pages, busy_pages FROM v_cma JOIN v_samples USING (run, sample)
	WHERE label IS NOT NULL AND source IS NULL"
sqlite3 run.db "SELECT count(*) FROM v_cma_map WHERE free_pages + used_pages + lent_pages + busy_pages != pages"
# free-running: how long anything takes is not known
kmemlab replay "$files/cma" -m simulate -q -o free.db
sqlite3 free.db "SELECT count(*), count(latency_ns) FROM v_cma_allocs"
sqlite3 free.db "SELECT event_no, try, area, pfn, result, migrated_pages, busy_pfn, owner_task, owner_age_ns FROM v_cma_tries"
sqlite3 free.db "SELECT metric, scope, hits, total FROM v_fidelity WHERE metric = 'cma.result'"
kmemlab verify "$files/cma" | grep -A 4 "^cma"
