# without an MMU virtual memory is a block of pages, which fragments; five levels of page tables have one more to make
cat >w.yaml <<'END'
machine:
  memory: 64MiB
record:
  samples: 0
workload:
  seed: 5
  kinds:
    small: {size: 20000, gfp: GFP_KERNEL, entry: vmalloc}
    large: {size: 3000000, gfp: GFP_KERNEL, entry: vmalloc}
    vast: {size: 5000000, gfp: GFP_KERNEL, entry: vmalloc}
    task: {size: 16384, gfp: GFP_KERNEL, entry: stack}
    dev: {size: 65536, gfp: GFP_KERNEL, entry: ioremap}
    map: {order: 2, gfp: GFP_KERNEL, entry: vmap}
  threads:
    - do:
        - {alloc: 1000, kind: small}
        - {free: 500, kind: small}
        - {alloc: 6, kind: [task, dev]}
        - mark: holes
        - {alloc: 10, kind: large}
        - {alloc: 1, kind: vast}
        - {alloc: 1, kind: map}
        - mark: full
        - {free: 100%}
        - mark: end
END
kmemlab gen -q w.yaml -o w.kmt
free="SELECT label, sum(free_pages) FROM v_memory JOIN v_samples USING (run, sample) WHERE label != '' GROUP BY sample"
failed="SELECT path, ord, reason, count(*) FROM v_failures GROUP BY 1, 2, 3"
tables="SELECT label, areas, guard_pages, backed_pages, table_pages FROM v_vmalloc JOIN v_samples USING (run, sample)"
for mmu in 1 0; do
	kmemlab replay -q --paranoid w.kmt --set machine.mmu=$mmu -o run.db
	sqlite3 run.db "$free" "$failed" "$tables"
done
kmemlab replay -q --paranoid w.kmt --set machine.page_table_levels=5 -o run.db
sqlite3 run.db "$tables"
sqlite3 run.db "SELECT DISTINCT printf('%x', start) FROM v_vmalloc_map ORDER BY start LIMIT 1"
kmemlab replay -q w.kmt --set machine.page_table_levels=5 --set policy.kernel=3.5 -o run.db
kmemlab replay -q w.kmt --set machine.page_table_levels=5 --set machine.arch=arm64 -o run.db
kmemlab replay -q w.kmt --set machine.page_table_levels=6 -o run.db
kmemlab replay -q w.kmt --set machine.mmu=no -o run.db
