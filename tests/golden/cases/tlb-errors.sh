try() {
	printf "$1" >t.yaml
	printf ' L 1000,4\n' | kmemlab tlb -c t.yaml -
	echo "exit $?"
}
try 'tlb: skylark\n'
try 'tlb: {like: nothing}\n'
try 'machine: {cpus: 1}\n'
try 'tlb: [1]\n'
try 'tlb: {}\n'
a='tlb:\n  arrays:\n    - {name: A, for: load, pages: 4KiB, '
try "$a entries: 64, ways: 5}\n"
try "$a entries: 1536, ways: 12, replacement: tree-plru}\n"
try "$a entries: 96, ways: 4}\n"
try "$a entries: 64, ways: 4, replacement: plru}\n"
try "$a entries: -1, ways: 4}\n"
try "$a entrys: 64}\n"
try "$a entries: {source: me}, ways: 4}\n"
try "$a entries: 64, ways: 4, verified: maybe}\n"
try 'tlb:\n  arrays: [{name: A, for: load, pages: 3KiB, entries: 4, ways: 4}]\n'
try 'tlb:\n  arrays: [{name: A, for: jump, pages: 4KiB, entries: 4, ways: 4}]\n'
try 'tlb:\n  arrays: [{name: A, for: load, pages: 4KiB, entries: 4, ways: 4}]\n  walk_caches: [{level: 2}, {level: 2}]\n'
try 'tlb:\n  arrays: [{name: A, for: load, pages: 4KiB, entries: 4, ways: 4}]\n  tables: {levels: 5, entries: 8192}\n'
kmemlab tlb -t skylark x
kmemlab tlb x
kmemlab tlb -t skylake -c t.yaml x
kmemlab tlb -t skylake --page-size 2KiB x
kmemlab tlb -t skylake absent
printf 'hello\n' >x
kmemlab tlb -t skylake x
printf ' L 1000,4\n L 1000\n' >x
kmemlab tlb -t skylake x
echo "exit $?"
head -c 20000 $files/tlb/program.lackey.zst >cut.zst
kmemlab tlb -t dynamorio cut.zst
