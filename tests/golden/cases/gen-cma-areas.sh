# Buffers of 12 MiB, 3,072 pages, of two areas by name: one holds two of them, the other is too small for any; the default one.
cat >w.yaml <<'END'
machine: {memory: 256MiB, cma: [{name: cam, size: 32MiB}, {name: vid, size: 8MiB}, {name: reserved, size: 16MiB}]}
workload:
  kinds:
    cam: {size: 12582912, gfp: GFP_KERNEL, entry: cma, area: cam}
    vid: {size: 12582912, gfp: GFP_KERNEL, entry: cma, area: vid}
    any: {size: 12582912, gfp: GFP_KERNEL, entry: cma}
  threads:
    - do:
        - repeat: 2
          do:
            - {alloc: 3, kind: cam}
            - {alloc: 1, kind: vid}
            - {alloc: 1, kind: any}
            - free: 100%
END
kmemlab gen -q w.yaml -o w.kmt
rows() {
	sqlite3 run.db "SELECT a.event_no, a.area, a.pages, a.used_pages, a.result, f.reason, f.area FROM v_cma_allocs AS a
		LEFT JOIN v_failures AS f USING (event_no) ORDER BY 1"
	sqlite3 run.db "SELECT area, used_pages FROM v_cma ORDER BY sample DESC, area LIMIT 3"
}
kmemlab replay w.kmt --paranoid -q -o run.db && rows
kmemlab explain w.kmt --event 4 | grep -A 2 '^  area'
echo 'a machine without them'
kmemlab replay w.kmt --set machine.cma=16MiB -q -o run.db && rows
kmemlab explain w.kmt --set machine.cma=16MiB --event 4 | grep contiguous
refused() {
	sed "$1" w.yaml >x.yaml
	kmemlab gen -q x.yaml -o x.kmt
	echo "exit $?"
}
refused 's/area: vid/area: vit/'
refused 's/area: vid/area: elsewhere/'
refused 's/entry: cma, area: vid/area: vid/'
refused 's/area: vid/area: ""/'
refused 's/12582912/2147483649/'
refused 's/12582912, gfp: GFP_KERNEL, entry: cma, area: vid/4194305, gfp: GFP_KERNEL/'
ls
