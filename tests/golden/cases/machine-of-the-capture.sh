# A key of the machine without its memory: in a free run the rest is the capture's own.
kmemlab replay "$files/cma" -m simulate --set machine.cma=8M --print-config
kmemlab replay "$files/cma" -m simulate --set machine.deferred_init=0 --print-config
kmemlab replay "$files/cma" -m simulate --set machine.cma=8M -q -o a.db
kmemlab replay "$files/cma" -m simulate --set machine.cma=0 -q -o b.db
for db in a b; do
	sqlite3 $db.db "SELECT zone, free_pages FROM v_memory WHERE sample = 1;
		SELECT DISTINCT area, base_pfn, pages FROM v_cma; SELECT result, count(*) FROM v_cma_allocs GROUP BY 1"
done
kmemlab replay "$files/cma" --set machine.cma=8M -q -o a.db
echo "exit $?"
kmemlab replay "$files/cma" -m simulate --from start --set machine.cma=8M -q -o a.db
echo "exit $?"
kmemlab replay "$files/cma" -m simulate --set machine.cma=8Q -q -o a.db
