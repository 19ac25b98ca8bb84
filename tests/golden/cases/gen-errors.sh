try() {
	printf "$1" >w.yaml
	kmemlab gen w.yaml -o w.kmt
	echo "exit $?"
	ls w.kmt* 2>/dev/null
}
head='machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads:\n    - do:\n'
try "$head        - alloc: 10\n        - free: 11\n"
try "$head        - free: 1\n"
try "$head        - alloc: 10\n          kind: pag\n"
try "$head        - alocate: 10\n"
try "$head        - alloc: 1001%%\n"
try "$head        - alloc: -1\n"
try "$head        - alloc: 1\n          free: 1\n"
try "$head        - alloc: 1\n          pick: random\n"
try "$head        - free: 1\n          part: 5/4\n"
try "$head        - wait\n"
try "$head        - repeat: 2\n"
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: 14, gfp: GFP_KERNEL}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: {weights: {0: 0}}, gfp: GFP_KERNEL}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_NOTHING}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {gfp: GFP_KERNEL}}\n'
try 'machine: {memory: 64MiB}\nworkload: {}\n'
try 'machine: {memory: 64MiB}\n'
try 'machine: {memory: 64}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{do: [barrier]}]\n'
try 'machine: {memory: 64MiB, cpus: 1}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{count: 2, do: [barrier]}]\n'
try 'machine: {memory: 64MiB}\nworkload:\n  curve: absent.curve\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{do: [barrier]}]\n'
try 'machine: {memory: 64MiB}\nworkload:\n  spare: 16384\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{do: [{alloc: 1%%}]}]\n'
try "$head        - alloc: freed\n"
try "$head        - alloc: 4294967295\n"
try "$head        - alloc: 1\n          kind: []\n"
try "$head        - repeat: 3\n          do:\n            - alloc: 10\n            - free: 20\n"
try "$head        - alloc: 10\n        - barrier\n        - free: 11\n          pick: oldest\n"
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {size: {exponential: 4194305}, gfp: GFP_KERNEL}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {size: 0, gfp: GFP_KERNEL}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_DMA|__GFP_HIGHMEM}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: {uniform: [5, 2]}, gfp: GFP_KERNEL}}\n'
try 'machine: {memory: 64MiB}\nworkload:\n  share: node\n'
try 'machine: {memory: 64MiB}\npolicy: {kernel: "9.9"}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{do: [barrier]}]\n'
try 'machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{count: 0, do: [barrier]}]\n'
try 'machine: {memory: 64MiB}\nworkload:\n  threads: [{do: [{alloc: 1, kind: page}]}]\n  kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n'
# what the machine or its kernel does not have
some='kinds: {page: {order: 0, gfp: GFP_KERNEL}}\n  threads: [{do: [{alloc: 1}]}]\n'
try "machine: {memory: 64MiB}\nworkload:\n  kinds: {page: {order: {uniform: [0, 11]}, gfp: GFP_KERNEL}}\n  threads: [{do: [{alloc: 1}]}]\n"
try "machine: {memory: 64MiB}\npolicy: {kernel: \"3.5\"}\nworkload:\n  kinds: {page: {size: 9000, gfp: GFP_KERNEL, entry: bulk}}\n  threads: [{do: [{alloc: 1}]}]\n"
try "machine: {memory: 64MiB}\npolicy: {kernel: \"6.12\"}\nworkload:\n  kinds: {page: {order: 0, gfp: \"0x200\"}}\n  threads: [{do: [{alloc: 1}]}]\n"
try "machine: {memory: 64MiB}\npolicy: {kernel: \"3.5\", vmap_stack: 1}\nworkload:\n  $some"
try "machine: {memory: 64MiB, zones: {DMA: 16MiB, HighMem: rest}}\nworkload:\n  $some"
try "machine: {arch: arm64, memory: 64MiB, zones: {DMA: 4GiB, Normal: 5GiB, HighMem: rest}}\nworkload:\n  $some"
try "machine: {arch: i386, memory: 64MiB, zones: {DMA32: rest}}\nworkload:\n  $some"
try "$head        - alloc: 0\n"
printf "$head        - alloc: 1\n" >w.yaml
kmemlab gen w.yaml -o -
echo "exit $?"
# killed in the midst of it: there is no trace either
printf "$head        - alloc: 4294967295\n" | sed 's/gfp: GFP_KERNEL/&, lifetime: 3/' >w.yaml
timeout -s KILL 1 kmemlab gen -q w.yaml -o w.kmt 2>/dev/null
ls w.kmt 2>/dev/null
kmemlab gen absent.yaml -o w.kmt
echo "exit $?"
