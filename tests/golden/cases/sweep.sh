# A plan: a workload for each seed and a capture, on every combination; then what a plan is refused for.
cp "$files/workloads/torn.yaml" .
cat >base.yaml <<'END'
record: {samples: 2, map: 0}
END
cat >plan.yaml <<'END'
workloads: torn.yaml
seeds: [1-2, 7]
config: base.yaml
vary:
  policy.kernel: ["6.1", "6.12"]
  policy.min_free_kbytes: [512, 2048]
END
kmemlab sweep plan.yaml -o s.db
kmemlab sweep plan.yaml -q -j 3 -o t.db && cmp s.db t.db && echo 'the same bytes'
sqlite3 s.db "SELECT run, group_concat(key || '=' || value, ' ') FROM v_variations WHERE run IN (1, 2, 5, 12) GROUP BY run;
	SELECT count(*), count(DISTINCT digest), max(trace) FROM v_runs"
# run 6 by hand
kmemlab gen -q --seed 2 torn.yaml -o two.kmt
kmemlab replay -q -c base.yaml --set policy.kernel=6.1 --set policy.min_free_kbytes=2048 two.kmt -o two.db
sqlite3 s.db "ATTACH 'two.db' AS b; SELECT a.digest = c.digest FROM main.run AS a, b.run AS c WHERE a.run = 6"
# what fails is one line each, and is made again when it can be
sed 's/workloads:.*/traces: [two.kmt, gone.kmt]/; /seeds/d; s/, "6.12"//; s/2048/2048, 99999999/' plan.yaml >bad.yaml
kmemlab sweep bad.yaml -o u.db -j 1
echo "exit $?"
cp two.kmt gone.kmt
kmemlab sweep bad.yaml -o u.db
echo "exit $?"
sqlite3 u.db 'SELECT count(*) FROM v_runs'
ls -d *.runs
t() {
	cat >p.yaml
	kmemlab sweep p.yaml -q -o p.db
	echo "exit $?"
}
echo 'trace: a' | t
echo 'vary: {policy.kernel: "6.1"}' | t
echo 'traces: two.kmt
seeds: 1' | t
echo 'workloads: torn.yaml
seeds: [1-3, 2]' | t
echo 'workloads: torn.yaml
seeds: 3-1' | t
echo 'traces: two.kmt
vary: {policy.kernel: ["6.1", "6.1"]}' | t
echo 'traces: two.kmt
vary: {policy.cernel: 1}' | t
echo 'traces: two.kmt
runs: [{policy.min_free_kbytes: many}]' | t
echo 'traces: two.kmt
runs: [{policy.kernel: "6.1"}, {policy.kernel: "6.1"}]' | t
echo 'traces: two.kmt
vary: {policy.kernel: "6.1"}
runs: [{policy.kernel: "6.1"}]' | t
echo '[' | t
kmemlab sweep none.yaml -o p.db
echo "exit $?"
ls
