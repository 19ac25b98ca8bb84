# GFP_ATOMIC is what it is in the kernel it is made for: 6.1.57 has __GFP_ATOMIC, and goes further below MIN by it
for kernel in 3.5 6.1.57 6.12; do
	for gfp in GFP_ATOMIC '__GFP_HIGH|__GFP_KSWAPD_RECLAIM'; do
		cat >w.yaml <<-END
			machine: {memory: 64MiB}
			policy: {kernel: "$kernel"}
			workload:
			  kinds: {page: {order: 0, gfp: "$gfp"}}
			  threads: [{do: [{alloc: 17000}]}]
		END
		kmemlab gen -q w.yaml -o w.kmt && kmemlab replay -q w.kmt --paranoid -o run.db
		sqlite3 run.db "SELECT '$kernel', '$gfp', count(*) FROM v_failures"
	done
done
# The machine's own huge page: 6.12's CPU keeps no blocks of order 9 where it is of order 11, which it does keep
for order in 9 11; do
	cat >w.yaml <<-END
		machine: {arch: arm64, page_size: 16384, memory: 16GiB}
		policy: {kernel: "6.12"}
		workload:
		  kinds: {huge: {order: $order, gfp: GFP_HIGHUSER_MOVABLE}}
		  threads: [{do: [{alloc: 2}, {free: 2}, {mark: freed}]}]
	END
	kmemlab gen -q w.yaml -o w.kmt && kmemlab replay -q w.kmt --paranoid -o run.db
	sqlite3 run.db "SELECT $order, zone, sum(free_blocks << ord) FROM v_buddyinfo JOIN v_samples USING (run, sample)
		WHERE label = 'freed' AND zone = 'Normal' GROUP BY zone"
done
# … and its largest blocks
cat >w.yaml <<-END
	machine: {arch: arm64, page_size: 65536, memory: 16GiB}
	workload:
	  kinds: {huge: {order: 13, gfp: GFP_TRANSHUGE}, exact: {order: 1, gfp: GFP_KERNEL, entry: exact}}
	  threads: [{do: [{alloc: 4, kind: huge}, {alloc: 1, kind: exact}, {mark: taken}]}]
END
kmemlab gen w.yaml -o w.kmt && kmemlab replay -q w.kmt --paranoid -o run.db
sqlite3 run.db "SELECT zone, ord, sum(free_blocks) FROM v_buddyinfo JOIN v_samples USING (run, sample)
	WHERE label = 'taken' AND ord = 13 GROUP BY zone"
# What only a generated trace has, or only a capture
kmemlab replay w.kmt --re-anchor -o run.db
echo "exit $?"
kmemlab replay w.kmt --set policy.slab=slub -o run.db
echo "exit $?"
kmemlab replay -m simulate "$files/tiny" --set policy.kswapd_delay_ns=0 -o run.db
echo "exit $?"
# A generated trace's events say which pages are the page cache's
cat >w.yaml <<-END
	machine: {memory: 64MiB}
	workload:
	  kinds: {cache: {order: 0, gfp: GFP_HIGHUSER_MOVABLE, file: true}, page: {order: 0, gfp: GFP_HIGHUSER_MOVABLE}}
	  threads: [{do: [{alloc: 9000, kind: cache}, {alloc: 9000, kind: page}]}]
END
kmemlab gen -q w.yaml -o w.kmt && kmemlab replay w.kmt -o run.db | grep 'page cache'
