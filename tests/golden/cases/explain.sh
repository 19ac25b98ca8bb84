# An order-9 request that fails in a generated trace: who is in the way, and what would have helped.
kmemlab gen -q "$files/workloads/torn.yaml" -o torn.kmt
kmemlab replay -q torn.kmt -o torn.db
kmemlab explain torn.db --what-if -j 2
# the setting named by itself, in a replay of its own
sqlite3 torn.db "SELECT min(event_no) FROM v_failures"
kmemlab replay -q torn.kmt --set machine.memory=80MiB -o more.db
sqlite3 more.db "SELECT count(*) FROM v_failures WHERE event_no = 21696"
# a fallback of it, in another zone order; and what is no allocation
kmemlab explain torn.kmt --event 2 | head -n 5
kmemlab explain torn.kmt --event 20000
echo "exit $?"
