# By hand: an end alone explained; pages outside the area; releases of what was not taken; an end of another count.
cat >machine.yaml <<'YAML'
machine: {memory: 512MiB, cpus: 1, cma: [{name: cam, size: 16MiB, order_per_bit: 2}, {name: reserved, size: 16MiB}]}
policy: {kernel: "6.1"}
YAML
trace() {
	printf '# tracer: nop\n#\n# entries-in-buffer/entries-written: 1/1   #P:1\n#\n'
	cat
}
none='pfn=0xffffffffffffffff page=0000000000000000'
trace >end.txt <<TRACE
     cam-100   [000] .....  1.0: cma_alloc_start: name=cam count=16 align=4
     cam-100   [000] .....  1.2: cma_alloc_finish: name=cam pfn=0x1f000 page=00000000aaaaaaab count=16 align=4
     cam-100   [000] .....  1.3: cma_alloc_finish: name=cam $none count=16 align=4
     cam-101   [000] .....  1.4: cma_alloc_busy_retry: name=cam pfn=0x1f020 page=00000000aaaaaaab count=16 align=4
     cam-101   [000] .....  1.5: cma_alloc_finish: name=cam $none count=16 align=4
TRACE
for m in observe predict simulate; do
	kmemlab replay -q -c machine.yaml -m $m -o run.db end.txt
	sqlite3 run.db "SELECT '$m', event_no, reason FROM v_failures"
done
kmemlab replay -q -c machine.yaml -m predict -o run.db end.txt
kmemlab explain run.db
for e in 2 3 4 5; do
	kmemlab explain -c machine.yaml end.txt --event $e -m simulate | sed -n '1p; / outcome/p'
done
trace >ranges.txt <<TRACE
     cam-100   [000] .....  1.3: cma_alloc_start: name=cam count=16 align=4
     cam-101   [000] .....  1.4: cma_alloc_start: name=reserved count=1 align=0
     cam-101   [000] .....  1.5: cma_alloc_finish: name=reserved pfn=0x9000 page=00000000aaaaaabb count=1 align=0
     cam-100   [000] .....  1.6: cma_alloc_finish: name=cam pfn=0xfffffffffff0 page=00000000aaaaaabc count=16 align=4
     cam-100   [000] .....  1.7: cma_alloc_start: name=cam count=16 align=4
     cam-100   [000] .....  1.8: cma_alloc_finish: name=cam pfn=0x1f000 page=00000000aaaaaaab count=16 align=4
TRACE
trace >releases.txt <<TRACE
     cam-100   [000] .....  1.0: cma_alloc_start: name=cam count=16 align=4
     cam-100   [000] .....  1.2: cma_alloc_finish: name=cam pfn=0x1f000 page=00000000aaaaaaab count=16 align=4
     cam-100   [000] .....  1.5: cma_release: name=cam pfn=0x1f000 page=00000000aaaaaaab count=4
     cam-100   [000] .....  1.6: cma_release: name=cam pfn=0x1f800 page=00000000aaaaaaab count=4
     cam-100   [000] .....  1.7: cma_release: name=cam pfn=0x1f000 page=00000000aaaaaaab count=4
     cam-100   [000] .....  1.8: cma_release: name=cam pfn=0x1f004 page=00000000aaaaaaab count=12
     cam-100   [000] .....  1.9: cma_release: name=cam pfn=0x9000 page=00000000aaaaaaab count=4
TRACE
for t in ranges releases; do
	for m in observe predict; do
		kmemlab replay -c machine.yaml -m $m -o run.db $t.txt | grep -e ranges -e '  releases'
		kmemlab replay --json -c machine.yaml -m $m -o run.db $t.txt | grep -o '"not_in_area.*untaken_releases": [0-9]*'
	done
done
trace >counts.txt <<TRACE
     cam-100   [000] .....  1.0: cma_alloc_start: name=cam count=18446744073709551615 align=63
     cam-100   [000] .....  1.2: cma_alloc_finish: name=cam $none count=16 align=4
     cam-100   [000] .....  1.3: cma_alloc_start: name=cam count=16 align=4
     cam-100   [000] .....  1.4: cma_alloc_finish: name=cam pfn=0x1f010 page=00000000aaaaaaab count=8 align=3
     cam-100   [000] .....  1.5: cma_alloc_start: name=cam count=32 align=4
     cam-100   [000] .....  1.6: cma_alloc_busy_retry: name=cam pfn=0x1f020 page=00000000aaaaaaab count=16 align=4
     cam-100   [000] .....  1.7: cma_alloc_finish: name=cam $none count=16 align=4
TRACE
for m in observe predict simulate; do
	kmemlab replay -q -c machine.yaml -m $m -o run.db counts.txt
	sqlite3 run.db "SELECT '$m', event_no, start_event_no, pages, result, tries, recorded_pfn FROM v_cma_allocs"
	sqlite3 run.db "SELECT '$m', 'used', used_pages FROM v_cma WHERE area = 'cam' ORDER BY sample DESC LIMIT 1"
done
# the kernel's own rules of areas hold for gen, too
cat >w.yaml <<'YAML'
machine:
  memory: 512MiB
  cma: [{size: 16MiB, order_per_bit: 1}]
policy: {kernel: "3.5"}
workload:
  kinds: {page: {order: 0, gfp: GFP_KERNEL}}
  threads: [{do: [{alloc: 10}]}]
YAML
kmemlab gen w.yaml -o w.kmt
