cat >m.yaml <<'END'
machine:
  cpus: 4
  nodes:
    - {memory: 2GiB, cpus: 0-1, distances: [10, 21]}
    - {memory: [2GiB], cpus: [2, 3], distances: [21, 10], movable: 256MiB}
  reserved: [32MiB-48MiB]
  cma:
    - {name: dma, size: 64MiB}
policy: {kernel: "6.1"}
END
kmemlab replay "$files/tiny" -m simulate -c m.yaml -o run.db
kmemlab replay "$files/tiny" -m simulate -c m.yaml -o run.db --print-config >printed.yaml
cat printed.yaml
kmemlab replay "$files/tiny" -m simulate -c printed.yaml -o run.db --print-config | diff - printed.yaml
sqlite3 run.db "SELECT node, zone, sum(free_blocks << ord), max(ord) FROM v_buddyinfo WHERE sample = 1
	AND free_blocks GROUP BY node, zone"
