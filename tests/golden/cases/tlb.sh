kmemlab tlb -t skylake $files/tlb/program.lackey.zst
echo "exit $?"
kmemlab tlb -t dynamorio --page-size 2MiB $files/tlb/program.lackey.zst
printf 'Format: <data address>: <data size>, <(r)ead/(w)rite/opcode>\n0x401000:  3, mov\n0x7ffc0ffc:  8, w\n0x7ffc0ffc:  4, r\n' >m.txt
kmemlab tlb -t zen2 m.txt
kmemlab tlb -t zen2 --each m.txt
printf '==1== Lackey\n M 0ffe,4\nI  1000,0\n' | kmemlab tlb -t champsim --each -
