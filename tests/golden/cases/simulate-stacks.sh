# a machine whose memory lies in fragments makes tasks: stacks of one, two and four pages, and mapped ones; highmem is mapped
cat >w.yaml <<'END'
machine:
  memory: 64MiB
record:
  samples: 0
workload:
  seed: 5
  share: memory
  kinds:
    page: {order: 1, gfp: GFP_KERNEL}
    stack: {order: 0, gfp: GFP_KERNEL, entry: stack}
  threads:
    - do:
        - alloc: 105%
          kind: page
        - free: 80%
          part: 1/2
          kind: page
          pick: random
        - alloc: 30%
          kind: page
        - mark: fragments
        - repeat: 20
          do:
            - alloc: 10
              kind: stack
            - free: 5
              kind: stack
              pick: oldest
        - mark: tasks
END
kmemlab gen -q w.yaml -o w.kmt
for policy in 4096/0 8192/0 16384/0 16384/1; do
	kmemlab replay w.kmt --paranoid --set policy.thread_stack=${policy%/*} --set policy.vmap_stack=${policy#*/} -o run.db |
		grep failed
	sqlite3 -separator ' ' run.db "SELECT '$policy', what, model FROM v_pressure WHERE what LIKE 'stack%'"
	sqlite3 -separator ' ' run.db "SELECT path, reason, ord, count(*) FROM v_failures GROUP BY path, reason, ord"
done
cat >h.yaml <<'END'
machine:
  arch: i386
  memory: 2GiB
record:
  samples: 0
workload:
  kinds:
    anon: {order: 0, gfp: GFP_HIGHUSER}
    high: {order: 0, gfp: GFP_HIGHUSER, entry: kmap, lifetime: 100}
    many: {order: 0, gfp: GFP_HIGHUSER, entry: kmap}
    short: {order: 0, gfp: GFP_HIGHUSER, entry: kmap_atomic, lifetime: 1}
    stack: {order: 0, gfp: GFP_KERNEL, entry: stack, lifetime: 10}
  threads:
    - do:
        - alloc: 5000
          kind: {anon: 5, high: 3, short: 1, stack: 1}
        - alloc: 600
          kind: many
        - mark: full
END
kmemlab gen -q h.yaml -o h.kmt
for kernel in 2.6.34 6.1; do
	kmemlab replay h.kmt --paranoid --set policy.kernel=$kernel -o run.db | grep failed
	sqlite3 -separator ' ' run.db "SELECT '$kernel', what, model FROM v_pressure WHERE what LIKE 'kmap%' OR what LIKE 'stack%'"
	sqlite3 -separator ' ' run.db "SELECT path, reason, count(*) FROM v_failures GROUP BY path, reason"
done
