kmemlab gen "$files/workloads/small.yaml" -o a.kmt
kmemlab gen -q "$files/workloads/small.yaml" -o b.kmt
cmp a.kmt b.kmt && echo 'the same bytes again'
kmemlab gen -q --seed 2 "$files/workloads/small.yaml" -o b.kmt
cmp -s a.kmt b.kmt || echo 'another seed, another trace'
kmemlab replay a.kmt -o a.db --paranoid
sqlite3 a.db "SELECT mode, kernel, events, unvalidated, what_if FROM v_runs;
	SELECT label, zone, sum(free_blocks << ord) FROM v_buddyinfo JOIN v_samples USING (run, sample)
	GROUP BY sample, zone;
	SELECT order_by, n FROM (SELECT ord AS order_by, count(*) AS n FROM v_failures GROUP BY ord)"
kmemlab replay a.kmt --print-config -o b.db
for mode in observe predict; do
	kmemlab replay -m $mode a.kmt -o b.db
	echo "exit $?"
done
kmemlab verify a.kmt
echo "exit $?"
kmemlab convert a.kmt -o c.kmt && kmemlab replay -q c.kmt -o c.db
sqlite3 a.db "ATTACH 'c.db' AS c; SELECT a.digest = b.digest FROM main.run AS a, c.run AS b"
