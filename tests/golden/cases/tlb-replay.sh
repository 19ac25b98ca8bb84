echo 'tlb: dynamorio-lru' >tlb.yaml
kmemlab replay -c tlb.yaml $files/tiny -o run.db
kmemlab replay -q -c tlb.yaml --set access.synthesizers=[1,4] --set access.direct_map=4KiB $files/tiny -o run.db
sqlite3 -header run.db 'SELECT * FROM v_tlb'
kmemlab replay -c tlb.yaml --print-config $files/tiny -o run.db | sed -n '/^access/,/^record/p; /^tlb/,$p' | tee own.yaml
kmemlab replay -c own.yaml --print-config $files/tiny -o run.db | sed -n '/^access/,/^record/p; /^tlb/,$p' | cmp - own.yaml
kmemlab replay --set access.init_on_alloc=1 $files/tiny -o run.db
kmemlab replay -c tlb.yaml --set access.synthesizers=[6] $files/tiny -o run.db
kmemlab replay -c tlb.yaml --set access.synthesizers=[1,1] $files/tiny -o run.db
kmemlab replay -c tlb.yaml --set access.synthesizers=[0,1] $files/tiny -o run.db
kmemlab replay -c tlb.yaml --set access.direct_map=16KiB $files/tiny -o run.db
cat >w.yaml <<'END'
machine: {memory: 64MiB}
workload:
  kinds: {page: {order: 1, gfp: GFP_KERNEL|__GFP_ZERO}}
  threads: [{do: [{alloc: 10}, {free: 4}]}]
END
kmemlab gen -q w.yaml -o w.kmt
kmemlab replay -c tlb.yaml --set access.bounds=0 w.kmt -o run.db | sed -n '/TLB/,$p'
