# the other doors to the page allocator, each by its kernel function; all that was asked for comes back
cat >w.yaml <<'END'
machine:
  memory: 64MiB
workload:
  seed: 7
  kinds:
    exact: {size: {uniform: [1, 100000]}, gfp: GFP_KERNEL, entry: exact}
    split: {order: {weights: {0: 2, 3: 1}}, gfp: GFP_KERNEL, entry: split}
    shared: {order: {uniform: [0, 4]}, gfp: GFP_KERNEL, entry: shared}
    bulk: {size: {exponential: 60000}, gfp: "GFP_KERNEL|__GFP_HIGHMEM", entry: bulk, lifetime: {uniform: [0, 20]}}
    frag: {size: {weights: {128: 3, 2048: 2, 9000: 1}}, gfp: GFP_ATOMIC, entry: frag}
    thp: {order: 9, gfp: GFP_TRANSHUGE_LIGHT}
  threads:
    - count: 2
      do:
        - repeat: 20
          do:
            - alloc: 60
              kind: {exact: 10, split: 10, shared: 10, bulk: 5, frag: 40, thp: 1}
            - free: 70%
        - free: 100%
        - mark: end
END
kmemlab gen -q w.yaml -o w.kmt
kmemlab stat --slab --caller -s name w.kmt | sed -n '/of NULL/p; /failed  /p; /^slab objects by/,$p'
kmemlab replay w.kmt --paranoid -o run.db | grep -v stored
sqlite3 run.db "SELECT zone, sum(free_blocks << ord) FROM v_buddyinfo JOIN v_samples USING (run, sample)
	WHERE label = 'end' GROUP BY zone"
refused() {
	sed "$1" w.yaml >x.yaml
	kmemlab gen -q x.yaml -o x.kmt
	echo "exit $?"
}
refused 's/entry: exact/entry: exat/'
refused 's/exact: {size: .*gfp: GFP_KERNEL,/exact: {size: 4096, gfp: GFP_HIGHUSER_MOVABLE,/'
refused 's/entry: split}/entry: split, file: true}/'
refused 's/free: 70%/free: 70%\n              part: 1\/2/'
ls
