# virtual memory that the model hands out itself: areas, what is behind them, what they cost, on four kernels
cat >w.yaml <<'END'
machine:
  memory: 256MiB
  cpus: 2
record:
  samples: 0
workload:
  seed: 3
  kinds:
    small: {size: {uniform: [1, 200000]}, gfp: GFP_KERNEL, entry: vmalloc, align: {weights: {1: 9, 16384: 1}}}
    large: {size: 5000000, gfp: GFP_KERNEL, entry: vmalloc_huge, lifetime: 30}
    ram: {size: {uniform: [1, 400000]}, gfp: GFP_KERNEL, entry: vm_map_ram}
    mod: {size: 50000, gfp: GFP_KERNEL, entry: module, align: 4096, lifetime: 100}
    dev: {size: 65536, gfp: GFP_KERNEL, entry: ioremap}
    map: {order: 2, gfp: GFP_KERNEL, entry: vmap}
  threads:
    - count: 2
      do:
        - repeat: 30
          do:
            - alloc: 40
              kind: {small: 40, large: 1, ram: 20, mod: 1, dev: 2, map: 10}
            - free: 95%
        - mark: full
        - free: 100%
        - mark: end
END
kmemlab gen -q w.yaml -o w.kmt
for kernel in 2.6.34 3.5 6.1 6.12; do
	kmemlab replay w.kmt --paranoid --set policy.kernel=$kernel -o run.db | grep 'failed'
	sqlite3 -separator ' ' run.db "SELECT '$kernel', label, areas, used_pages, guard_pages, lazy_pages, pooled_pages,
		'hole', hole_pages, largest_hole_pages, 'steps', searches, steps, 'purges', purges, purged_pages,
		'pages', backed_pages, table_pages, 'flushes', flushes, full_flushes, ipis
		FROM v_vmalloc JOIN v_samples USING (run, sample)"
done
sqlite3 -separator ' ' run.db "SELECT label, printf('%x', start), bytes, v_vmalloc_map.used_pages,
	v_vmalloc_map.guard_pages, v_vmalloc_map.lazy_pages, v_vmalloc_map.pooled_pages
	FROM v_vmalloc_map JOIN v_samples USING (run, sample) LIMIT 4"
sed 's/entry: vmalloc,/entry: exact,/; s/200000/20000/' w.yaml >x.yaml
kmemlab gen -q x.yaml -o x.kmt
kmemlab replay w.kmt --set policy.vmalloc_lazy_pages=0 -o run.db | grep failed
sqlite3 -separator ' ' run.db "SELECT label, purges, flushes, ipis FROM v_vmalloc JOIN v_samples USING (run, sample)"
