# What a comparison is refused for, and what makes it end with 1.
t() {
	kmemlab compare "$files/cma" -q -o all.db "$@"
	echo "exit $?"
}
t
t --vary machine.cma
t --vary machine.cmaa=1M,2M
t --vary policy.min_free_kbytes=1024,many
t --vary policy.kernel=6.1,6.1
t --vary policy.kernel=6.1 --vary policy.kernel=6.12
t --vary policy.kernel=6.1,6.12 --base 3
t --vary policy.kernel=6.1,6.12 --fail-if cma_failure>0
t --vary policy.kernel=6.1,6.12 --fail-if 'cma_failures>5%'
t --vary policy.kernel=6.1,6.12 --fail-if 'cma_failures=5'
t --vary policy.kernel=6.1,6.12 -j 0
ls
t --vary machine.cma=2M,8M --fail-if 'cma_failures<+0' --fail-if 'unusable_order3_mean>+5%' --fail-if 'cma_failures>=4'
t --vary machine.cma=2M,8M --base machine.cma=8M --fail-if 'cma_failures>+100%' --json >made.json
grep -c '"is": "better"' made.json
# one that cannot be: the others finish
t --vary 'machine.cma=[{size: 2M, base: 300M}],8M' --vary policy.kernel=6.1,2.6.34
sqlite3 all.db "SELECT count(*), (SELECT group_concat(value) FROM v_variations) FROM v_runs"
t --vary policy.kernel=2.6.33,2.6.32
kmemlab compare - --vary policy.kernel=6.1,6.12 -o all.db </dev/null
kmemlab compare none --vary policy.kernel=6.1,6.12 -o all.db
