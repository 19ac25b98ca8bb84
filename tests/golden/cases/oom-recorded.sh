# who was killed for want of memory: a mark_victim each; oom's other events kill nobody
cp -r "$files/tiny" b && chmod -R u+w b
sed -i '/snapshot begin end/i\
              sh-77      [000] d..1.    10.000155: oom_score_adj_update: pid=77 comm=sh oom_score_adj=-1000\
              sh-77      [000] d..1.    10.000156: reclaim_retry_zone: node=0 zone=DMA32    order=0 reclaimable=12 available=20 min_wmark=64 no_progress_loops=1 wmark_check=0\
              sh-77      [000] d..1.    10.000157: mark_victim: pid=80\
              sh-77      [000] d..1.    10.000158: wake_reaper: pid=80\
              sh-77      [000] d..1.    10.000159: mark_victim: pid=81' b/trace.txt
kmemlab replay b -m simulate --from start -o run.db | grep -A3 pressure
sqlite3 run.db "SELECT node, what, recorded, model FROM v_pressure WHERE what = 'oom'"
kmemlab convert b -o b.kmt
kmemlab replay b.kmt -m simulate --from start -q -o run.db
sqlite3 run.db "SELECT node, what, recorded, model FROM v_pressure WHERE what = 'oom'"
