try() {
	cat >m.yaml
	kmemlab replay "$files/tiny" -m simulate -c m.yaml -q -o run.db
	echo "exit $?"
}
try <<'END'
machine:
  memory: [1MiB-16MiB, 8MiB-32MiB]
END
try <<'END'
machine:
  memory: [0x100000-0x100000]
END
try <<'END'
machine:
  memory: [1MiB-0x1000001]
END
try <<'END'
machine:
  memory: 64 MB
END
try <<'END'
machine:
  arch: sparc
  memory: 64MiB
END
try <<'END'
machine:
  page_size: 16384
  memory: 64MiB
END
try <<'END'
machine:
  memory: 64MiB
  zones:
    Normal: 16MiB
    DMA32: rest
END
try <<'END'
machine:
  cpus: 4
  nodes:
    - {memory: 1GiB, cpus: 0-1}
    - {memory: 1GiB, cpus: 1-3}
END
try <<'END'
machine:
  cpus: 4
  nodes:
    - {memory: 1GiB, distances: [10, 20]}
    - {memory: 1GiB, distance: [20, 10]}
END
try <<'END'
machine:
  nodes:
    - {memory: 1GiB, distances: [10, 5]}
    - {memory: 1GiB, distances: [5, 10]}
END
try <<'END'
machine:
  memory: 64MiB
  cma: [{name: big, size: 128MiB}]
END
try <<'END'
machine:
  memory: [1MiB-16MiB, 4000TiB-0xfa00001000000]
END
try <<'END'
machine:
  memory: 64MiB
  zones: {Movable: rest}
END
try <<'END'
machine:
  nodes: [{memory: 64MiB, movable: 64MiB}]
END
try <<'END'
machine:
  nodes: [{memory: 64MiB, movable: 64GiB}]
END
try <<'END'
machine:
  nodes:
    - {memory: 64MiB, movable: 16MiB}
  kernelcore: 32MiB
END
try <<'END'
machine:
  memory: [1MiB-64MiB]
  reserved: [1MiB-64MiB]
END
try <<'END'
machine:
  memory: [1MiB-64MiB]
  reserved: [1GiB-2GiB]
END
try <<'END'
machine:
  memory: 256MiB
  cma: [{name: a, size: 16MiB, order_per_bit: 13}]
END
try <<'END'
machine:
  memory: 256MiB
  cma: [{name: a, size: 16MiB}, {name: a, size: 16MiB}]
END
try <<'END'
machine:
  memory: 256MiB
  cma: [{name: 'a "b"', size: 16MiB}]
END
try <<'END'
machine:
  memory: 256MiB
  zones: {&anchor: rest}
END
try <<'END'
machine:
  memory: 256MiB
  pageblock_order: 11
END
try <<'END'
machine:
  arch: i386
  memory: 256MiB
  deferred_init: 1
END
echo "what a kernel does not have"
lacks() {
	kmemlab replay "$files/tiny" -m simulate --set machine.memory=256MiB -q -o run.db "$@"
	echo "exit $?"
}
echo "machine: {cma: [{size: 16MiB}]}" >cma.yaml
lacks -c cma.yaml --kernel 2.6.34
lacks --set machine.deferred_init=1 --kernel 3.5
lacks --set policy.watermark_boost_factor=0 --kernel 3.5
lacks --set policy.compaction_proactiveness=0 --kernel 3.5
lacks --set policy.extfrag_threshold=0 --kernel 2.6.34
lacks --set policy.watermark_scale_factor=10 --kernel 3.5
lacks --set policy.nofragment=0 --kernel 2.6.34
lacks --set machine.arch=arm64 --kernel 3.5
kmemlab replay "$files/tiny" --set machine.memory=1GiB -q -o run.db
echo "exit $?"
ls
