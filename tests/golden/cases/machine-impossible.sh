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
kmemlab replay "$files/tiny" --set machine.memory=1GiB -q -o run.db
echo "exit $?"
ls
