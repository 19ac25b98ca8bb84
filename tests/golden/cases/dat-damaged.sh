# trace.dat without its end, and with counts that cannot be.
seeds=$files/../../fuzz/seeds/dat
head -c 9000 "$seeds/v6-little.dat" >cut.dat
kmemlab check --json cut.dat | sed -n 's/.*"truncated": \([a-z]*\),.*/\1/p'
head -c 900 "$seeds/v7-little.dat" >head.dat
kmemlab check head.dat
# the size of its pages
{ head -c 14 "$seeds/v6-little.dat"; printf '\377\377\377\377'; tail -c +19 "$seeds/v6-little.dat"; } >pages.dat
kmemlab check pages.dat
