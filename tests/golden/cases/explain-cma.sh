# Contiguous allocations that fail: ranges tried, pages in the way, and a setting with which they succeed.
kmemlab replay -q -m simulate "$files/cma" -o run.db 2>/dev/null
kmemlab explain run.db --what-if
kmemlab explain "$files/cma" --event 37 -m simulate --set policy.cma_pinned=1000 --what-if policy.cma_pinned=0
# by its last event, as v_failures has it; as it was recorded
kmemlab explain "$files/cma" --event 72
t() {
	kmemlab explain "$@"
	echo "exit $?"
}
t "$files/cma"
t "$files/cma" --event 1000000
t "$files/cma" --event 0
t "$files/cma" --event x
t "$files/cma" --event 72 --run 1
t run.db --run 2
t run.db --event 37 --what-if policy.nothing=1
t - --event 1
t none --event 1
