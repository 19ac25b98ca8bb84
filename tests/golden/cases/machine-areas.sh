# Several contiguous areas: printed as they were given, stored where they lie; and what cannot be.
try() {
	cat >m.yaml
	kmemlab replay "$files/tiny" -m simulate -c m.yaml -q -o run.db "$@"
	echo "exit $?"
}
try --set policy.cma_pinned=10 <<'END'
machine:
  cpus: 2
  nodes: [{memory: 256MiB}, {memory: 256MiB}]
  cma:
    - {name: reserved, size: 30MiB, alignment: 8MiB}
    - {name: camera, size: 16MiB, order_per_bit: 2, limit: 192MiB}
    - {name: numa0, size: 16MiB, node: 0}
    - {size: 2MiB, base: 400MiB}
END
sqlite3 run.db "SELECT area, base_pfn, pages, order_per_bit FROM v_cma WHERE sample = 1"
kmemlab replay "$files/tiny" -m simulate -c m.yaml --print-config
try <<'END'
machine:
  memory: 64MiB
  cma: [{name: big, size: 4MiB, algnment: 4MiB}]
END
try <<'END'
machine:
  memory: 64MiB
  cma: [{name: big, size: 4MiB, node: 1}]
END
try <<'END'
machine:
  memory: 64MiB
  cma: [{name: odd, size: 4MiB, base: 1MiB}]
END
try --kernel 2.6.34 <<'END'
machine:
  memory: 64MiB
  cma: [{name: early, size: 4MiB}]
END
try --set policy.cma_pinned=5% <<'END'
machine:
  memory: 64MiB
END
