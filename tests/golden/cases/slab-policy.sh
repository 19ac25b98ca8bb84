# An object allocator of one's own goes with simulate, if the kernel has it; SLUB's parameters with SLUB.
try() {
	kmemlab replay "$files/tiny" -q -o run.db "$@"
	echo "exit $?"
}
try --slab slob
try --set policy.slub_max_order=1
try -m simulate --slab slup
try -m simulate --slab slab --kernel 6.12
try -m simulate --slab slab --kernel 3.5
try -m simulate --slab slob --set policy.slub_max_order=1
try -m simulate --set policy.slub_max_order=11
try -m simulate --slab slub --set policy.slub_max_order=1
kmemlab replay "$files/tiny" -m simulate --slab slob --print-config | grep slab
try -m simulate --slab slob --set machine.memory=256MiB
