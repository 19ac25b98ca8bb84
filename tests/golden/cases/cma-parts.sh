# By hand: ends of contiguous allocations whose beginning is lost, and a refusal where the model has room.
cat >machine.yaml <<'END'
machine: {memory: 512MiB, cpus: 1, cma: [{name: cam, size: 16MiB, order_per_bit: 2}, {name: reserved, size: 16MiB}]}
policy: {kernel: "6.1"}
END
t() {
	{
		printf '# tracer: nop\n#\n# entries-in-buffer/entries-written: 1/1   #P:1\n#\n'
		cat
	} >trace.txt
	for m in observe simulate; do
		kmemlab replay -q -c machine.yaml -m $m -o run.db trace.txt
		sqlite3 run.db "SELECT '$1', '$m', event_no, start_event_no, result, pfn, recorded_pfn, used_pages FROM v_cma_allocs"
		sqlite3 run.db "SELECT '$1', '$m', 'try', pfn, result FROM v_cma_tries"
		sqlite3 run.db "SELECT '$1', '$m', 'reason', reason FROM v_failures"
	done
}
t 'failed, no beginning' <<'END'
     cam-100   [000] .....  1.2: cma_alloc_finish: name=cam pfn=0xffffffffffffffff page=0000000000000000 count=16 align=4
END
t 'no such area' <<'END'
     cam-100   [000] .....  1.2: cma_alloc_finish: name=vid pfn=0xffffffffffffffff page=0000000000000000 count=16 align=4
END
t 'ok, no beginning' <<'END'
     cam-100   [000] .....  1.2: cma_alloc_finish: name=cam pfn=0x1f010 page=00000000aaaaaaab count=16 align=4
END
t 'refused, room' <<'END'
     cam-100   [000] .....  1.0: cma_alloc_start: name=cam count=16 align=4
     cam-100   [000] .....  1.2: cma_alloc_finish: name=cam pfn=0xffffffffffffffff page=0000000000000000 count=16 align=4
END
