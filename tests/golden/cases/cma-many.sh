# By hand: 71 contiguous allocations on their way at once; then 41 whose ends the record lost.
line() {
	printf '     cam-%d   [000] .....  %s: %s\n' "$1" "$2" "$3"
}
starts() {
	printf '# tracer: nop\n#\n# entries-in-buffer/entries-written: 1/1   #P:1\n#\n'
	for i in $(seq "$1"); do
		line $((100 + i)) "1.$((1000 + i))" "cma_alloc_start: name=cam count=4 align=0"
	done
}
finishes() {
	for i in $(seq "$1"); do
		line $((100 + i)) "1.$((2000 + i))" \
			"cma_alloc_finish: name=cam pfn=$(printf '0x%x' $((0x1f000 + 4 * (i - 1)))) page=00000000aaaaaaab count=4 align=0"
	done
}
cat >machine.yaml <<'END'
machine: {memory: 512MiB, cpus: 1, cma: [{name: cam, size: 16MiB, order_per_bit: 2}, {name: reserved, size: 16MiB}]}
policy: {kernel: "6.1"}
END
{
	starts 71
	finishes 71
} >many.txt
{
	starts 41
	echo 'CPU:0 [LOST 500 EVENTS]'
	for i in 1 2 3; do
		line $((1000 + i)) "2.${i}01" "cma_alloc_start: name=cam count=4 align=0"
		line $((1000 + i)) "2.${i}02" "cma_alloc_finish: name=cam pfn=$(printf '0x%x' $((0x1f000 + 4 * (i - 1)))) page=00000000aaaaaaab count=4 align=0"
	done
} >lost.txt
for t in many lost; do
	for m in observe predict simulate; do
		kmemlab replay -q -c machine.yaml -m $m -o run.db $t.txt 2>/dev/null
		sqlite3 run.db "SELECT '$t', '$m', result, count(*), count(start_event_no), count(pfn) FROM v_cma_allocs GROUP BY result"
		sqlite3 run.db "SELECT '$t', '$m', 'used', used_pages FROM v_cma WHERE area = 'cam' ORDER BY sample DESC LIMIT 1"
	done
	kmemlab verify -c machine.yaml $t.txt 2>/dev/null | grep '^cma'
done
